import type { CustomerKey } from "../customers/customers.ts";

/**
 * Whoever moves money for us. Each call names what it is for by an id of ours, and may be made again with the same: it then says what
 * has become of the first, and money moves once. A call that fails to answer throws, and is made again later.
 */
export type PaymentProvider = {
  name: ProviderName;
  /** Charges, or says what has become of the charge. */
  charge(charge: Charge, now: Date): Promise<ChargeOutcome>;
  /** Gives up a charge that waits for its customer; says what has become of it, which may be that it succeeded first. */
  cancel(charge: Charge, now: Date): Promise<ChargeOutcome>;
  /** Gives money back, or says what has become of that. */
  refund(refund: Refund, now: Date): Promise<RefundOutcome>;
  /** Asks the customer for a card on a page of its own, or says what has become of that; null if it has no such page. */
  setUp: ((setup: Setup, now: Date) => Promise<SetupOutcome>) | null;
};

export type ProviderName = "sandbox" | "stripe";

export type Charge = {
  key: CustomerKey;
  paymentId: string;
  /** The provider's own id of it, once it has told us. */
  reference: string | null;
  amountCents: number;
  currencyCode: string;
  /** The provider's own id of what is charged; null if the customer pays on its page, or what was to be charged is forgotten. */
  methodReference: string | null;
  /** Whether the customer pays on a page of the provider's, and leaves the card with it. */
  isOnPage: boolean;
  /** Whether the provider may have been told already, though it has not answered. */
  isRepeated: boolean;
  /** What it is for, as the customer reads it. */
  description: string;
  /** Where the customer comes back to after a step on the provider's pages. */
  returnUrl: string;
  createdAt: Date;
};

export type ChargeOutcome =
  /** `savedCard` is what the customer has left on the provider's page. */
  | {
      status: "succeeded";
      reference: string;
      isDisputed: boolean;
      checkAfterMs: number | null;
      savedCard?: ProviderCard | null;
    }
  | { status: "processing"; reference: string; checkAfterMs: number }
  /** The customer must do something, on the page at `actionUrl`; null if that is a page of ours. */
  | { status: "requires_action"; reference: string; actionUrl: string | null; checkAfterMs: number }
  | { status: "failed"; reference: string | null; failure: PaymentFailure }
  | { status: "canceled"; reference: string };

export type PaymentFailure = { code: FailureCode; message: string };

export const failures = {
  card_declined: "The card was declined.",
  insufficient_funds: "The card has insufficient funds.",
  expired_card: "The card has expired.",
  authentication_failed: "The second step was not confirmed.",
  processing_error: "The bank could not process the payment.",
  amount_not_chargeable: "The provider does not take this amount in this currency.",
  refused_by_provider: "The provider refused the payment.",
} as const;

export type FailureCode = keyof typeof failures;

export function failed(reference: string | null, code: FailureCode): ChargeOutcome {
  return { status: "failed", reference, failure: { code, message: failures[code] } };
}

export type Refund = {
  key: CustomerKey;
  refundId: string;
  /** The provider's own id of it, once it has told us. */
  reference: string | null;
  isRepeated: boolean;
  paymentId: string;
  /** The provider's own id of the charge. */
  chargeReference: string;
  amountCents: number;
  currencyCode: string;
};

export type RefundOutcome =
  | { status: "succeeded"; reference: string }
  | { status: "processing"; reference: string; checkAfterMs: number }
  | { status: "failed"; reference: string | null; message: string };

/** A card as its provider tells of it. */
export type ProviderCard = {
  reference: string;
  brand: string;
  lastFour: string;
  expiresMonth: number;
  expiresYear: number;
};

export type Setup = {
  key: CustomerKey;
  setupId: string;
  /** The provider's own id of it, once it has told us. */
  reference: string | null;
  successUrl: string;
  cancelUrl: string;
  createdAt: Date;
};

export type SetupOutcome =
  | { status: "requires_action"; reference: string; actionUrl: string; checkAfterMs: number }
  | { status: "succeeded"; reference: string; card: ProviderCard }
  | { status: "canceled"; reference: string };
