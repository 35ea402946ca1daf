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
};

export type ProviderName = "sandbox" | "stripe";

export type Charge = {
  key: CustomerKey;
  paymentId: string;
  /** The provider's own id of it, once it has told us. */
  reference: string | null;
  amountCents: number;
  currencyCode: string;
  /** The provider's own id of what is charged. */
  methodReference: string;
  /** Where the customer comes back to after a step on the provider's pages. */
  returnUrl: string;
};

export type ChargeOutcome =
  | { status: "succeeded"; reference: string; isDisputed: boolean; checkAfterMs: number | null }
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
} as const;

export type FailureCode = keyof typeof failures;

export function failed(reference: string | null, code: FailureCode): ChargeOutcome {
  return { status: "failed", reference, failure: { code, message: failures[code] } };
}

export type Refund = {
  key: CustomerKey;
  refundId: string;
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
