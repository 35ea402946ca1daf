import { z } from "zod";
import type { Decimal } from "../../../core/decimal.ts";
import type { Denomination } from "../../../core/denomination.ts";
import {
  creditKind,
  creditKindField,
  creditPriorityField,
  creditPriorityOutput,
  creditScopeField,
  creditScopeOutput,
} from "../http/credit.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
  presentDenomination,
} from "../http/denomination.ts";
import {
  decimalOutput,
  idOutput,
  instantField,
  instantOutput,
  metadataField,
  metadataOutput,
  positiveDecimalField,
  textField,
} from "../http/fields.ts";
import type { CreditGrantRow, LedgerEntryRow } from "./sql.ts";
import type { WalletState } from "./wallets.ts";

export const WalletBalanceAccountType = z
  .enum(["pricing_unit", "currency"])
  .meta({ id: "WalletBalanceAccountType", title: "WalletBalanceAccountType", description: "Type of wallet account" });

/** Published as it stands: the code that does not apply is left out, not null. */
const publishedDenomination = {
  account_type: WalletBalanceAccountType,
  pricing_unit_code: z.string().optional().meta({ description: "Pricing unit code (if account type is pricing_unit)" }),
  currency_code: z.string().optional().meta({ description: "Currency code (if account type is currency)" }),
};

/** The published page describes the field as well as the component it refers to; the generator drops the one that says the same. */
function describeAccountType({ jsonSchema }: { jsonSchema: { properties?: Record<string, unknown> } }): void {
  Object.assign(jsonSchema.properties?.account_type ?? {}, { description: "Type of wallet account" });
}

export const WalletBalance = z
  .object({ balance: z.string().meta({ description: "Current wallet balance" }), ...publishedDenomination })
  .meta({ id: "WalletBalance", title: "WalletBalance", override: describeAccountType });

export const Wallet = z
  .object({
    ...denominationOutput,
    balance: decimalOutput("What it holds; below zero it is owed."),
    held: decimalOutput("What open holds reserve of it."),
    available: decimalOutput("What can be spent or held: the balance without what is held."),
  })
  .meta({ id: "Wallet", title: "Wallet" });

export function presentWallet({ denomination, balance, held, available }: WalletState): z.input<typeof Wallet> {
  return {
    ...presentDenomination(denomination),
    balance: balance.toString(),
    held: held.toString(),
    available: available.toString(),
  };
}

/** What an event cost in one denomination. */
export const Cost = z
  .object({ amount: decimalOutput("What it cost; below zero it was credited."), ...publishedDenomination })
  .meta({ id: "Cost", title: "Cost" });

export function presentCost({
  denomination,
  amount,
}: {
  denomination: Denomination;
  amount: Decimal;
}): z.input<typeof Cost> {
  return { amount: amount.toString(), ...presentPublishedDenomination(denomination) };
}

/** The published fields that say what an amount is of. */
export function presentPublishedDenomination({ accountType, code }: Denomination) {
  return accountType === "currency"
    ? { account_type: accountType, currency_code: code }
    : { account_type: accountType, pricing_unit_code: code };
}

export function presentBalance({
  denomination,
  balance,
}: {
  denomination: Denomination;
  balance: Decimal;
}): z.input<typeof WalletBalance> {
  return { balance: balance.toString(), ...presentPublishedDenomination(denomination) };
}

export const CreditGrantCreate = z
  .object({
    name: textField(255, "What the customer is told it is."),
    amount: positiveDecimalField("How much: above 0, exact."),
    ...denominationFields,
    kind: creditKindField,
    priority: creditPriorityField,
    applies_to: creditScopeField,
    effective_at: instantField("When it counts from; the default is now.").nullish(),
    expires_at: instantField("When what is left of it ends; null is never.").nullable().default(null),
    metadata: metadataField.default({}),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "CreateCreditGrantRequest", title: "CreateCreditGrantRequest" });

export type CreditGrantFields = z.output<typeof CreditGrantCreate>;

export const CreditGrant = z
  .object({
    id: idOutput("Id of the grant."),
    customer_id: idOutput("The customer it belongs to."),
    subscription_id: z.string().nullable().meta({ description: "The subscription it was granted on, if it was." }),
    name: z.string(),
    amount: decimalOutput("What was granted."),
    remaining: decimalOutput("What is left to draw; 0 once it has ended."),
    ...denominationOutput,
    kind: creditKind,
    priority: creditPriorityOutput,
    applies_to: creditScopeOutput,
    effective_at: instantOutput("When it counts from."),
    expires_at: z.string().nullable().meta({ description: "When what is left of it ends; null is never." }),
    status: z
      .enum(["active", "exhausted", "expired", "voided"])
      .meta({ description: "A grant that is not effective yet is active too." }),
    metadata: metadataOutput,
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "CreditGrant", title: "CreditGrant" });

export function presentCreditGrant(row: CreditGrantRow): z.input<typeof CreditGrant> {
  return {
    id: row.credit_grant_id,
    customer_id: row.customer_id,
    subscription_id: row.subscription_id,
    name: row.name,
    amount: row.amount.toString(),
    remaining: row.remaining.toString(),
    ...presentDenomination({ accountType: row.account_type, code: row.code }),
    kind: row.kind,
    priority: row.priority,
    applies_to: row.applies_to,
    effective_at: row.effective_at.toISOString(),
    expires_at: row.expires_at?.toISOString() ?? null,
    status: row.state === "scheduled" ? "active" : row.state,
    metadata: row.metadata,
    created_at: row.created_at.toISOString(),
  };
}

export const LedgerEntry = z
  .object({
    seq: z.int().meta({ description: "Number of the entry in its wallet's chain, from 1 and without gaps." }),
    kind: z
      .enum([
        "grant",
        "usage",
        "usage_reversal",
        "expiry",
        "void",
        "invoice_settlement",
        "balance_applied",
        "balance_returned",
        "adjustment",
      ])
      .meta({
        description:
          "What moved the balance. An invoice settles the debt of its usage, has balance applied as it is finalized, and returns it.",
      }),
    amount: decimalOutput("Signed: above zero raised the balance."),
    balance_after: decimalOutput("The wallet's balance after this entry."),
    ...denominationOutput,
    cause_id: z.string().meta({ description: "What brought it about: the id of the usage, the grant, the invoice, …" }),
    draws: z
      .array(z.object({ credit_grant_id: z.string(), amount: decimalOutput("How much this grant gave.") }))
      .meta({ description: "What the entry took from each grant." }),
    occurred_at: instantOutput("When it took effect."),
    recorded_at: instantOutput("When it was written."),
  })
  .meta({ id: "LedgerEntry", title: "LedgerEntry" });

export function presentLedgerEntry(row: LedgerEntryRow): z.input<typeof LedgerEntry> {
  return {
    seq: row.seq,
    kind: row.kind,
    amount: row.amount.toString(),
    balance_after: row.balance_after.toString(),
    ...presentDenomination({ accountType: row.account_type, code: row.code }),
    cause_id: row.cause_id,
    draws: row.draws,
    occurred_at: row.occurred_at.toISOString(),
    recorded_at: row.recorded_at.toISOString(),
  };
}
