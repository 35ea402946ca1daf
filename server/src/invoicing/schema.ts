import { z } from "zod";
import { decimal, one, type Decimal } from "../../../core/decimal.ts";
import { fromMinorUnits, toMinorUnits } from "../../../core/minor-unit.ts";
import type { ChargeLine } from "../../../core/pricing/line.ts";
import type { CustomerKey } from "../customers/customers.ts";
import type { CreditNoteRow } from "./credit-note-sql.ts";
import {
  currencyCodeField,
  decimalOutput,
  idField,
  idOutput,
  instantOutput,
  metadataField,
  metadataOutput,
  nonNegativeDecimalField,
  nullableInstantOutput,
  textField,
  decimalField,
} from "../http/fields.ts";

export const invoiceStatus = z.enum(["draft", "open", "paid", "void", "uncollectible"]);
const collectionMethod = z.enum(["send_invoice", "charge_automatically"]);
const lineItemType = z.enum(["manual", "fixed_fee", "usage", "proration", "minimum_commitment", "discount"]);

export type InvoiceStatus = z.output<typeof invoiceStatus>;

const text = {
  quantity: "How many; a JSON number or a decimal string, not below 0.",
  unitAmountCents:
    "What one costs, in whole minor units of the currency: 5000 is 50 dollars, and 5000 yen. Below 0 it is a credit.",
  unitAmountDecimal:
    "Instead of `unit_amount_cents`, the exact price of one in the currency, for prices below one cent: `0.0005` dollars.",
  collectionMethod:
    "`send_invoice` asks the customer to pay; `charge_automatically` charges their payment method as it is finalized.",
  daysUntilDue:
    "Days from finalizing to the due date, 0 to 365; only with `send_invoice`, where it is 30 if not given.",
  memo: "A text for the customer, shown on the invoice.",
};

const lineItemFields = {
  description: textField(500, "What it is for, as the customer reads it."),
  quantity: nonNegativeDecimalField(text.quantity),
  unit_amount_cents: z.int().meta({ description: text.unitAmountCents }),
  unit_amount_decimal: decimalField(text.unitAmountDecimal),
};

export const LineItemCreate = z
  .object({
    description: lineItemFields.description,
    quantity: lineItemFields.quantity.default(one).meta({ override: { default: "1" } }),
    unit_amount_cents: lineItemFields.unit_amount_cents.optional(),
    unit_amount_decimal: lineItemFields.unit_amount_decimal.optional(),
  })
  .refine(
    (line) => (line.unit_amount_cents === undefined) !== (line.unit_amount_decimal === undefined),
    "Give exactly one of unit_amount_cents and unit_amount_decimal.",
  )
  .meta({ id: "CreateInvoiceLineItemRequest", title: "CreateInvoiceLineItemRequest" });

export const LineItemUpdate = z
  .object(lineItemFields)
  .partial()
  .refine(
    (line) => line.unit_amount_cents === undefined || line.unit_amount_decimal === undefined,
    "Give at most one of unit_amount_cents and unit_amount_decimal.",
  )
  .meta({ id: "UpdateInvoiceLineItemRequest", title: "UpdateInvoiceLineItemRequest" });

/** Beyond it a list of lines is a data file; an invoice may have more of them, added in several requests. */
const maxLineItemsAtOnce = 250;

const daysUntilDue = z.int().min(0).max(365).meta({ description: text.daysUntilDue });
const memo = textField(2_000, text.memo).nullable();

export const InvoiceCreate = z
  .object({
    customer_id: idField("Whom it is for."),
    collection_method: collectionMethod.default("send_invoice").meta({ description: text.collectionMethod }),
    days_until_due: daysUntilDue.nullish(),
    currency_code: currencyCodeField("Its currency; if not given the customer's, else the company's.").nullish(),
    memo: memo.default(null),
    metadata: metadataField.default({}),
    line_items: z
      .array(LineItemCreate)
      .max(maxLineItemsAtOnce)
      .default([])
      .meta({ description: "Its lines, in the order in which they are shown; more can be added while it is a draft." }),
  })
  .meta({ id: "CreateInvoiceRequest", title: "CreateInvoiceRequest" });

export const InvoiceUpdate = z
  .object({
    collection_method: collectionMethod.optional().meta({ description: text.collectionMethod }),
    days_until_due: daysUntilDue.nullish(),
    memo: memo.optional(),
    metadata: metadataField.optional(),
  })
  .meta({ id: "UpdateInvoiceRequest", title: "UpdateInvoiceRequest" });

const centsOutput = (description: string) => z.int().meta({ description });
export const InvoiceLineItem = z
  .object({
    id: idOutput("Id of the line item."),
    type: lineItemType,
    description: z.string(),
    quantity: decimalOutput("How many."),
    unit_amount_cents: z.int().nullable().meta({
      description: "What one costs, in minor units of the currency; null when that is not whole.",
    }),
    unit_amount_decimal: decimalOutput(
      "The exact price of one, in the currency; null where tiers leave no single price.",
    ).nullable(),
    amount_cents: centsOutput("What the line comes to, rounded half up to the minor unit."),
    period_start: nullableInstantOutput("Start of the time that it covers."),
    period_end: nullableInstantOutput("End of the time that it covers, which is not part of it."),
    meter_code: z.string().nullable().meta({ description: "The meter whose usage it charges." }),
    details: z
      .unknown()
      .meta({ description: "Tier by tier how the amount comes about; null for a line made by hand.", override: {} }),
  })
  .meta({ id: "InvoiceLineItem", title: "InvoiceLineItem" });

const InvoiceDiscount = z
  .object({
    id: idOutput("Id of the customer's discount."),
    coupon_code: z.string().meta({ description: "The coupon that was redeemed." }),
    name: z.string(),
    percent_off: decimalOutput("How much it takes off, in percent.").nullable(),
    amount_off_cents: z.int().nullable().meta({ description: "What it takes off at most, in minor units." }),
    amount_cents: centsOutput("What it takes off this invoice."),
  })
  .meta({ id: "InvoiceDiscount", title: "InvoiceDiscount" });

const InvoiceTax = z
  .object({
    code: z.string().meta({ description: "The tax rate." }),
    name: z.string(),
    percent: decimalOutput("How much it is, in percent."),
    is_inclusive: z.boolean().meta({ description: "Whether prices contain it; else it comes on top." }),
    taxable_cents: centsOutput("What it is of: lines less discounts, less the taxes that prices contain."),
    tax_cents: centsOutput("What it comes to, rounded half up once."),
  })
  .meta({ id: "InvoiceTax", title: "InvoiceTax" });

const taxTreatment = z.enum(["taxed", "exempt", "reverse_charge"]);

/** What is said of an invoice as a whole when it is explained. */
export const InvoiceExplainedParts = {
  number: z.string().nullable(),
  status: invoiceStatus,
  currency_code: z.string(),
  subtotal_cents: centsOutput("The sum of its lines."),
  discounts: z.array(InvoiceDiscount),
  discount_cents: centsOutput("What discounts take off."),
  taxes: z.array(InvoiceTax),
  tax_cents: centsOutput("Tax on top of the lines."),
  tax_treatment: taxTreatment,
  total_cents: centsOutput("Subtotal, less discounts, plus tax."),
  balance_applied_cents: centsOutput(
    "What it took of its customer's balance as it was finalized; a part of `credit_applied_cents`.",
  ),
  balance_entry_seq: z.int().nullable().meta({
    description:
      "The entry of the currency's ledger by which it did, with the grants that paid; null if it took nothing.",
  }),
};

export const Invoice = z
  .object({
    id: idOutput("Id of the invoice."),
    number: z.string().nullable().meta({ description: "Its number, without gaps; null while it is a draft." }),
    status: invoiceStatus,
    customer_id: idOutput("Whom it is for."),
    subscription_id: z
      .string()
      .nullable()
      .meta({ description: "The subscription that it bills; null if made by hand." }),
    currency_code: z.string(),
    collection_method: collectionMethod,
    days_until_due: z.int().nullable(),
    due_date: nullableInstantOutput("When it is due; null while it is a draft and if it is charged automatically."),
    period_start: nullableInstantOutput("Start of the billing period that it bills."),
    period_end: nullableInstantOutput("End of the billing period that it bills, which is not part of it."),
    subtotal_cents: centsOutput("The sum of its lines."),
    discount_cents: centsOutput("What discounts take off."),
    tax_cents: centsOutput("Tax on top of the lines; what prices contain is in `taxes` alone."),
    total_cents: centsOutput("Subtotal, less discounts, plus tax."),
    credit_applied_cents: centsOutput("How much of the total the customer's balance and credit notes have paid."),
    balance_applied_cents: centsOutput(
      "The part of that which was taken of the customer's balance as it was finalized.",
    ),
    balance_returned_cents: centsOutput(
      "How much of the balance has gone back to the wallet, because it was voided or credited.",
    ),
    balance_entry_seq: z
      .int()
      .nullable()
      .meta({ description: "The entry of the currency's ledger that took it; null if nothing was taken." }),
    amount_paid_cents: centsOutput("How much has been paid."),
    amount_due_cents: centsOutput("What is left to pay: total, less credit, less payments; 0 once it is void."),
    payment_url: z.string().nullable().meta({ description: "Public page to pay it; null while there is none." }),
    pdf_url: z.string().nullable().meta({
      description:
        "The invoice as a PDF, for whoever has a key; null in a preview. Its customer finds it on the public page.",
    }),
    next_collection_at: nullableInstantOutput(
      "When it is charged next, or the customer is reminded; null while nothing is planned.",
    ),
    collection_attempts: z.int().meta({ description: "How often it has been charged or asked for in vain." }),
    discounts: z.array(InvoiceDiscount).meta({ description: "Its discounts, in the order in which they are taken." }),
    taxes: z.array(InvoiceTax).meta({ description: "Its taxes, those that prices contain too." }),
    tax_treatment: taxTreatment.meta({
      description:
        "Why it has no taxes: its customer is `exempt`, or accounts for them (`reverse_charge`); else `taxed`.",
    }),
    memo: z.string().nullable(),
    line_items: z.array(InvoiceLineItem),
    finalized_at: nullableInstantOutput("When it got its number and became final."),
    paid_at: nullableInstantOutput("When nothing was left to pay."),
    voided_at: nullableInstantOutput("When it was voided."),
    metadata: metadataOutput,
    created_at: instantOutput("When it was created."),
    updated_at: instantOutput("When it last changed."),
  })
  .meta({ id: "Invoice", title: "Invoice" });

/** As stored: exact amounts are the text of a decimal; cents are whole numbers, small enough to be JSON numbers. */
export type LineItemRow = {
  line_item_id: string;
  type: z.output<typeof lineItemType>;
  description: string;
  quantity: string;
  unit_amount: string | null;
  amount: string;
  amount_cents: number;
  period_start: Date | null;
  period_end: Date | null;
  meter_code: string | null;
  details: unknown;
  /** Whether discounts take something off it; not off what gives back an amount that they had been taken off before. */
  is_discountable: boolean;
  /** What made it; null if it was made by hand. */
  billing_id: string | null;
  created_at: Date;
};

export type InvoiceDiscountRow = {
  discount_id: string;
  coupon_code: string;
  name: string;
  percent_off: string | null;
  amount_off_cents: number | null;
  amount_cents: number;
};

export type InvoiceTaxRow = {
  code: string;
  name: string;
  percent: string;
  country: string | null;
  state: string | null;
  is_inclusive: boolean;
  taxable_cents: number;
  tax_cents: number;
};

export type InvoiceRow = {
  bucket: number;
  customer_id: string;
  invoice_id: string;
  number: string | null;
  status: InvoiceStatus;
  subscription_id: string | null;
  /** What made it, and makes its lines again while it is a draft; null if made by hand. */
  billing_id: string | null;
  currency_code: string;
  collection_method: z.output<typeof collectionMethod>;
  days_until_due: number | null;
  due_date: Date | null;
  period_start: Date | null;
  period_end: Date | null;
  subtotal_cents: number;
  discount_cents: number;
  tax_cents: number;
  total_cents: number;
  discounts: InvoiceDiscountRow[];
  taxes: InvoiceTaxRow[];
  tax_treatment: z.output<typeof taxTreatment>;
  /** What its customer's balance and credit notes have paid. */
  credit_applied_cents: number;
  /** The balance's part of that, taken by one ledger entry as it was finalized; and how much of it has gone back since. */
  balance_applied_cents: number;
  balance_returned_cents: number;
  balance_entry_seq: number | null;
  amount_paid_cents: number;
  memo: string | null;
  metadata: Record<string, string>;
  /** Whether people have changed or removed a line that a billing had made. */
  is_edited: boolean;
  /** Opens its public page; null while it is a draft. */
  payment_token: string | null;
  /** When it is charged or asked for next, or of a paid one when what follows is done; null of one that waits for nothing, or for the outcome of a charge. */
  next_collection_at: Date | null;
  /** How often it has been charged or asked for in vain. */
  collection_attempts: number;
  finalized_at: Date | null;
  paid_at: Date | null;
  voided_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

/** What a stored line that billing has made says of how it came about (books.ts makes it); amounts are the text of decimals. */
export type LineDetails = {
  account_type: "currency" | "pricing_unit";
  code: string | null;
  currency_code: string | null;
  pricing_unit_code: string | null;
  amount_per_unit: string | null;
  charged: string | null;
  paid_by_credits: string | null;
  dimensions: { dimension: string; lines: StoredStep[] }[] | null;
  maximum: StoredStep[] | null;
  as_paid?: { listed_amount: string; subtotal_cents: number; discount_cents: number };
};

export type StoredStep = {
  [Name in keyof ChargeLine]: ChargeLine[Name] extends Decimal | null
    ? string | Exclude<ChargeLine[Name], Decimal>
    : ChargeLine[Name];
};

/** Null of a line made by hand. */
export function detailsOf({ details }: LineItemRow): LineDetails | null {
  return details as LineDetails | null;
}

/** An invoice with its lines, in the order in which they were added. */
export type WholeInvoice = { invoice: InvoiceRow; lines: LineItemRow[] };

export type InvoiceKey = CustomerKey & { invoiceId: string };

export type InvoiceFields = z.output<typeof InvoiceCreate>;
export type InvoicePatch = z.output<typeof InvoiceUpdate>;
export type LineItemFields = z.output<typeof LineItemCreate>;
export type LineItemPatch = z.output<typeof LineItemUpdate>;

const instant = (date: Date | null) => date?.toISOString() ?? null;

/** What an invoice comes to, and how. */
export function presentSums(row: InvoiceRow) {
  return {
    number: row.number,
    status: row.status,
    currency_code: row.currency_code,
    subtotal_cents: row.subtotal_cents,
    discounts: row.discounts.map(({ discount_id, ...each }) => ({ id: discount_id, ...each })),
    discount_cents: row.discount_cents,
    taxes: row.taxes.map(({ code, name, percent, is_inclusive, taxable_cents, tax_cents }) => ({
      code,
      name,
      percent,
      is_inclusive,
      taxable_cents,
      tax_cents,
    })),
    tax_cents: row.tax_cents,
    tax_treatment: row.tax_treatment,
    total_cents: row.total_cents,
    balance_applied_cents: row.balance_applied_cents,
    balance_entry_seq: row.balance_entry_seq,
  };
}

/** `publicUrl` is where this server is reached from outside; null for an invoice that is not stored and has no page. */
export function presentInvoice(
  { invoice: row, lines }: WholeInvoice,
  publicUrl: string | null,
): z.input<typeof Invoice> {
  return {
    id: row.invoice_id,
    ...presentSums(row),
    customer_id: row.customer_id,
    subscription_id: row.subscription_id,
    collection_method: row.collection_method,
    days_until_due: row.days_until_due,
    due_date: instant(row.due_date),
    period_start: instant(row.period_start),
    period_end: instant(row.period_end),
    credit_applied_cents: row.credit_applied_cents,
    balance_returned_cents: row.balance_returned_cents,
    amount_paid_cents: row.amount_paid_cents,
    amount_due_cents: amountDueCents(row),
    payment_url: paymentUrl(row, publicUrl),
    pdf_url: publicUrl === null ? null : `${publicUrl}/v1/invoices/${row.invoice_id}/pdf`,
    next_collection_at: instant(row.status === "open" ? row.next_collection_at : null),
    collection_attempts: row.collection_attempts,
    memo: row.memo,
    line_items: lines.map((line) => presentLineItem(line, row.currency_code)),
    finalized_at: instant(row.finalized_at),
    paid_at: instant(row.paid_at),
    voided_at: instant(row.voided_at),
    metadata: row.metadata,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}

/** The public page on which an invoice is paid and seen; null while it is a draft. */
export function paymentUrl({ payment_token }: InvoiceRow, publicUrl: string | null): string | null {
  return payment_token === null || publicUrl === null ? null : `${publicUrl}/pay/${payment_token}`;
}

/** What is left to pay, in minor units; nothing of a void invoice. */
export function amountDueCents(row: InvoiceRow): number {
  return row.status === "void" ? 0 : row.total_cents - row.credit_applied_cents - row.amount_paid_cents;
}

function presentLineItem(row: LineItemRow, currencyCode: string): z.input<typeof InvoiceLineItem> {
  return {
    id: row.line_item_id,
    type: row.type,
    description: row.description,
    quantity: decimal(row.quantity).toString(),
    unit_amount_cents: row.unit_amount === null ? null : wholeCents(row.unit_amount, currencyCode),
    unit_amount_decimal: row.unit_amount === null ? null : decimal(row.unit_amount).toString(),
    amount_cents: row.amount_cents,
    period_start: instant(row.period_start),
    period_end: instant(row.period_end),
    meter_code: row.meter_code,
    details: row.details,
  };
}

function wholeCents(unitAmount: string, currencyCode: string): number | null {
  const exact = decimal(unitAmount);
  const minor = toMinorUnits(exact, currencyCode).toString();
  const isWhole = fromMinorUnits(BigInt(minor), currencyCode).equals(exact);
  const number = Number.parseInt(minor, 10);
  return isWhole && Number.isSafeInteger(number) ? number : null;
}

export const CreditNote = z
  .object({
    id: idOutput("Id of the credit note."),
    number: z.string().nullable().meta({ description: "Its number, without gaps; null in a preview." }),
    customer_id: idOutput("Whom it credits."),
    invoice_id: idOutput("The invoice of which it gives back."),
    currency_code: z.string(),
    total_cents: centsOutput("What it gives back, with its share of discounts and taxes."),
    tax_cents: centsOutput("The tax in that."),
    applied_cents: centsOutput("The part that lowered what was due of the invoice."),
    refunded_cents: centsOutput("The part that went back to where it was paid from; the rest went into the wallet."),
    reason: z.string(),
    lines: z.array(
      z.object({
        description: z.string(),
        quantity: decimalOutput("How many."),
        amount: decimalOutput("What is given back for it, in the currency; below 0."),
        amount_cents: centsOutput("The same, rounded half up to the minor unit."),
        period_start: nullableInstantOutput("Start of the time that is given back."),
        period_end: nullableInstantOutput("End of the time that is given back."),
      }),
    ),
    created_at: instantOutput("When it was issued."),
  })
  .meta({ id: "CreditNote", title: "CreditNote" });

export function presentCreditNote(row: CreditNoteRow): z.input<typeof CreditNote> {
  return {
    id: row.credit_note_id,
    number: row.number,
    customer_id: row.customer_id,
    invoice_id: row.invoice_id,
    currency_code: row.currency_code,
    total_cents: row.total_cents,
    tax_cents: row.tax_cents,
    applied_cents: row.applied_cents,
    refunded_cents: row.refunded_cents,
    reason: row.reason,
    lines: row.lines,
    created_at: row.created_at.toISOString(),
  };
}
