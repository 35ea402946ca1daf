import { z } from "zod";
import { areRetryDays } from "../../../core/collection.ts";
import { codeField, idField, idOutput, instantOutput, nullableInstantOutput, textField } from "../http/fields.ts";
import type { ProviderName } from "./provider.ts";

export const paymentStatus = z.enum(["processing", "requires_action", "succeeded", "failed", "canceled"]);
const refundStatus = z.enum(["processing", "succeeded", "failed"]);
const providerOutput = z
  .enum(["sandbox", "stripe", "manual"])
  .meta({ description: "Who moved the money: the sandbox (test mode only), Stripe, or people." });
const centsOutput = (description: string) => z.int().meta({ description });

export const PaymentMethod = z
  .object({
    id: idOutput("Id of the payment method."),
    customer_id: idOutput("Whose it is."),
    provider: z.enum(["sandbox", "stripe"]),
    brand: z.string().meta({ description: "The card's brand, like visa.", examples: ["visa"] }),
    last_four: z.string().meta({ description: "The card's last four digits; more is never stored." }),
    expires_month: z.int(),
    expires_year: z.int(),
    is_default: z.boolean().meta({ description: "Whether it is what is charged automatically." }),
    created_at: instantOutput("When it was saved."),
  })
  .meta({ id: "PaymentMethod", title: "PaymentMethod" });

export const cardNumber = z
  .string()
  .transform((text) => text.replaceAll(/[ -]/g, ""))
  .refine((digits) => /^\d{12,19}$/.test(digits), "Must be a card number of 12 to 19 digits.")
  .meta({
    description: "One of the sandbox's card numbers. It is not stored.",
    override: { examples: ["4242424242424242"] },
  });

export const PaymentMethodCreate = z
  .object({
    card: z.object({
      number: cardNumber,
      expires_month: z.int().min(1).max(12).meta({ description: "1 to 12." }),
      expires_year: z.int().min(2_000).max(2_100).meta({ description: "Four digits." }),
    }),
    is_default: z
      .boolean()
      .default(true)
      .meta({ description: "Whether it is charged automatically from now on; the first one always is." }),
  })
  .meta({ id: "CreatePaymentMethodRequest", title: "CreatePaymentMethodRequest" });

export const Payment = z
  .object({
    id: idOutput("Id of the payment."),
    customer_id: idOutput("Who pays."),
    invoice_id: idOutput("For which invoice."),
    invoice_number: z.string().nullable().meta({ description: "The number of that invoice." }),
    provider: providerOutput,
    payment_method_id: z.string().nullable().meta({ description: "What is charged; null if it was paid outside." }),
    status: paymentStatus.meta({
      description:
        "`processing` until the provider has said what became of it; `requires_action` while the customer must confirm it.",
    }),
    amount_cents: centsOutput("How much is paid, in minor units."),
    excess_cents: centsOutput("What of it the invoice did not need any more; it went into the customer's wallet."),
    refunded_cents: centsOutput("What has been given back, or is on its way."),
    currency_code: z.string(),
    reference: z.string().nullable().meta({ description: "By which the provider, or a bank statement, knows it." }),
    failure: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .meta({ description: "Why it failed; null if it has not." }),
    action_url: z.string().nullable().meta({ description: "Where the customer confirms it, while that is required." }),
    is_disputed: z.boolean().meta({ description: "Whether the customer has disputed it with their bank." }),
    created_at: instantOutput("When it was begun."),
    ended_at: nullableInstantOutput("When it succeeded, failed or was canceled."),
  })
  .meta({ id: "Payment", title: "Payment" });

export const Refund = z
  .object({
    id: idOutput("Id of the refund."),
    payment_id: idOutput("Of which payment it gives back."),
    credit_note_id: idOutput("The credit note that documents it."),
    status: refundStatus.meta({ description: "One that fails goes into the customer's wallet instead." }),
    amount_cents: centsOutput("How much is given back, in minor units."),
    currency_code: z.string(),
    reason: z.string(),
    reference: z.string().nullable(),
    failure_message: z.string().nullable(),
    created_at: instantOutput("When it was begun."),
    ended_at: nullableInstantOutput("When it succeeded or failed."),
  })
  .meta({ id: "Refund", title: "Refund" });

export const RefundCreate = z
  .object({
    amount_cents: z
      .int()
      .min(1)
      .optional()
      .meta({ description: "How much, in minor units; all that is left if not given." }),
    reason: textField(255, "Why, as the customer reads it on the credit note.").default("Refund"),
  })
  .meta({ id: "CreateRefundRequest", title: "CreateRefundRequest" });

export const InvoicePay = z
  .object({
    payment_method_id: idField("What to charge; the customer's default if not given.").optional(),
  })
  .meta({ id: "PayInvoiceRequest", title: "PayInvoiceRequest" });

export const PaymentRecord = z
  .object({
    amount_cents: z.int().min(1).meta({
      description: "How much has come, in minor units. What is more than is due goes into the customer's wallet.",
    }),
    reference: textField(255, "What the bank statement says.").nullable().default(null),
  })
  .meta({ id: "RecordPaymentRequest", title: "RecordPaymentRequest" });

const maxCreditedLines = 250;

export const CreditNoteCreate = z
  .object({
    invoice_id: idField("The finalized invoice of which something is given back."),
    amount_cents: z
      .int()
      .min(1)
      .optional()
      .meta({ description: "How much, in minor units. Without it and `lines`, all that is left of the invoice." }),
    lines: z
      .array(
        z.object({
          line_item_id: idField("A line of the invoice."),
          amount_cents: z.int().min(1).optional().meta({ description: "How much of it; all of it if not given." }),
        }),
      )
      .min(1)
      .max(maxCreditedLines)
      .optional()
      .meta({ description: "Instead of an amount: which lines." }),
    reason: textField(255, "Why, as the customer reads it.").default("Credit"),
    refund: z.boolean().default(false).meta({
      description:
        "What was paid already goes back to where it was paid from, as far as it can; else, and without it, into the customer's wallet.",
    }),
  })
  .refine((body) => body.amount_cents === undefined || body.lines === undefined, {
    path: ["lines"],
    message: "Give at most one of amount_cents and lines.",
  })
  .meta({ id: "CreateCreditNoteRequest", title: "CreateCreditNoteRequest" });

export type CreditNoteFields = z.output<typeof CreditNoteCreate>;

const origin = z
  .string()
  .max(255)
  .transform((text, context) => {
    const parsed = URL.canParse(text) ? new URL(text) : null;
    if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.pathname === "/" && parsed.search === "")
      return parsed.origin;
    context.addIssue({ code: "custom", message: "Must be an origin, like https://app.example.com." });
    return z.NEVER;
  })
  .meta({ override: { type: "string", examples: ["https://app.example.com"] } });

const stripeText = {
  secretKey:
    "A secret or restricted key of your Stripe account, of the mode of your key here. It is never shown again.",
  webhookSecret: "The signing secret of the endpoint that you have made for `webhook_url`. It is never shown again.",
};

const settingsText = {
  bankDetails: "How customers pay by bank transfer, shown on the payment page; null takes none.",
  retryDays:
    "On which days after the first try an invoice is charged again, or its customer reminded; at most 10, each later than the one before.",
  afterRetries: "What becomes of an invoice that is still not paid after that.",
  portalPlanCodes: "The plans to which customers may move by themselves, on the portal; none by default.",
  frameOrigins: "The sites that may show hosted pages in a frame of theirs.",
  redirectOrigins: "The sites to which hosted pages may send customers back.",
};

const afterRetries = z.enum(["leave_open", "mark_uncollectible", "cancel_subscription"]);

export const PaymentSettings = z
  .object({
    takes_cards: z.boolean().meta({ description: "Whether a provider that takes cards is set up in this mode." }),
    bank_details: z.string().nullable().meta({ description: settingsText.bankDetails }),
    retry_days: z.array(z.int()).meta({ description: settingsText.retryDays }),
    after_retries: afterRetries.meta({ description: settingsText.afterRetries }),
    redirect_origins: z.array(z.string()).meta({ description: settingsText.redirectOrigins }),
    frame_origins: z.array(z.string()).meta({ description: settingsText.frameOrigins }),
    portal_plan_codes: z.array(z.string()).meta({ description: settingsText.portalPlanCodes }),
    stripe: z
      .object({
        is_set_up: z.boolean().meta({ description: "Whether a key is set." }),
        key_last_four: z.string().nullable().meta({ description: "The last four characters of the secret key." }),
        has_webhook_secret: z.boolean().meta({ description: "Whether the endpoint's signing secret is set." }),
        webhook_url: z
          .string()
          .nullable()
          .meta({ description: "Where Stripe is to send its events; null until a key is set." }),
      })
      .meta({ description: "Your own account at Stripe, in this mode." }),
  })
  .meta({ id: "PaymentSettings", title: "PaymentSettings" });

export const PaymentSettingsUpdate = z
  .object({
    bank_details: textField(1_000, settingsText.bankDetails).nullable().optional(),
    retry_days: z
      .array(z.int().min(1).max(365))
      .max(10)
      .refine(areRetryDays, "Must rise from day to day.")
      .optional()
      .meta({ description: settingsText.retryDays }),
    after_retries: afterRetries.optional().meta({ description: settingsText.afterRetries }),
    redirect_origins: z.array(origin).max(20).optional().meta({ description: settingsText.redirectOrigins }),
    frame_origins: z.array(origin).max(20).optional().meta({ description: settingsText.frameOrigins }),
    portal_plan_codes: z
      .array(codeField("The code of a plan."))
      .max(50)
      .optional()
      .meta({ description: settingsText.portalPlanCodes }),
    stripe: z
      .object({
        secret_key: z
          .string()
          .regex(
            /^(?:sk|rk)_(?:test|live)_[A-Za-z0-9_]{8,240}$/,
            "Must be a secret or restricted key of Stripe, like sk_test_….",
          )
          .optional()
          .meta({ description: stripeText.secretKey }),
        webhook_secret: z
          .string()
          .regex(/^whsec_[A-Za-z0-9+/=_-]{8,240}$/, "Must be the signing secret of an endpoint, like whsec_….")
          .optional()
          .meta({ description: stripeText.webhookSecret }),
      })
      .refine((keys) => keys.secret_key !== undefined || keys.webhook_secret !== undefined, "Must have a key to set.")
      .optional()
      .meta({ description: "Your own account at Stripe. Keys are encrypted at rest; a new one replaces the old." }),
  })
  .meta({ id: "UpdatePaymentSettingsRequest", title: "UpdatePaymentSettingsRequest" });

export type PaymentSettingsRow = {
  bank_details: string | null;
  retry_days: number[];
  after_retries: z.output<typeof afterRetries>;
  redirect_origins: string[];
  frame_origins: string[];
  portal_plan_codes: string[];
};

export type PaymentMethodRow = {
  customer_id: string;
  payment_method_id: string;
  provider: ProviderName;
  reference: string;
  brand: string;
  last_four: string;
  expires_month: number;
  expires_year: number;
  is_kept: boolean;
  created_at: Date;
};

export type PaymentRow = {
  customer_id: string;
  payment_id: string;
  invoice_id: string;
  invoice_number: string | null;
  provider: ProviderName | "manual";
  payment_method_id: string | null;
  /** Who asked for it: collecting, the API, the customer on the page, or who recorded money that came outside. */
  cause: "collection" | "request" | "page" | "record";
  amount_cents: number;
  excess_cents: number;
  refunded_cents: number;
  currency_code: string;
  status: z.output<typeof paymentStatus>;
  reference: string | null;
  failure_code: string | null;
  failure_message: string | null;
  action_url: string | null;
  is_disputed: boolean;
  check_at: Date | null;
  checks: number;
  created_at: Date;
  ended_at: Date | null;
};

export type RefundRow = {
  customer_id: string;
  refund_id: string;
  payment_id: string;
  credit_note_id: string;
  amount_cents: number;
  currency_code: string;
  reason: string;
  status: z.output<typeof refundStatus>;
  reference: string | null;
  failure_message: string | null;
  check_at: Date | null;
  checks: number;
  created_at: Date;
  ended_at: Date | null;
};

const returnUrl = (description: string) =>
  z
    .string()
    .max(2_048)
    .refine(
      (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
      "Must be an http or https address.",
    )
    .optional()
    .meta({ description, override: { format: "uri", examples: ["https://app.example.com/billing"] } });

export const PaymentMethodSetup = z
  .object({
    success_url: returnUrl("Where the customer goes once the card is saved; this server's own address if not given."),
    cancel_url: returnUrl("Where the customer goes without having saved one; `success_url` if not given."),
  })
  .meta({ id: "SetUpPaymentMethodRequest", title: "SetUpPaymentMethodRequest" });

export type SetupRow = {
  customer_id: string;
  setup_id: string;
  provider: "stripe";
  success_url: string;
  cancel_url: string;
  status: "processing" | "requires_action" | "succeeded" | "canceled";
  reference: string | null;
  action_url: string | null;
  payment_method_id: string | null;
  check_at: Date | null;
  checks: number;
  created_at: Date;
  ended_at: Date | null;
};

export type StripeKeys = NonNullable<PaymentSettingsPatch["stripe"]>;
export type PaymentSettingsPatch = z.output<typeof PaymentSettingsUpdate>;
export type CardFields = z.output<typeof PaymentMethodCreate>["card"];

export function presentPaymentMethod(row: PaymentMethodRow, defaultId: string | null): z.input<typeof PaymentMethod> {
  return {
    id: row.payment_method_id,
    customer_id: row.customer_id,
    provider: row.provider,
    brand: row.brand,
    last_four: row.last_four,
    expires_month: row.expires_month,
    expires_year: row.expires_year,
    is_default: row.payment_method_id === defaultId,
    created_at: row.created_at.toISOString(),
  };
}

export function presentPayment(row: PaymentRow): z.input<typeof Payment> {
  const { failure_code: code, failure_message: message } = row;
  return {
    id: row.payment_id,
    customer_id: row.customer_id,
    invoice_id: row.invoice_id,
    invoice_number: row.invoice_number,
    provider: row.provider,
    payment_method_id: row.payment_method_id,
    status: row.status,
    amount_cents: row.amount_cents,
    excess_cents: row.excess_cents,
    refunded_cents: row.refunded_cents,
    currency_code: row.currency_code,
    reference: row.reference,
    failure: code === null ? null : { code, message: message ?? "" },
    action_url: row.action_url,
    is_disputed: row.is_disputed,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}

export function presentRefund(row: RefundRow): z.input<typeof Refund> {
  return {
    id: row.refund_id,
    payment_id: row.payment_id,
    credit_note_id: row.credit_note_id,
    status: row.status,
    amount_cents: row.amount_cents,
    currency_code: row.currency_code,
    reason: row.reason,
    reference: row.reference,
    failure_message: row.failure_message,
    created_at: row.created_at.toISOString(),
    ended_at: row.ended_at?.toISOString() ?? null,
  };
}
