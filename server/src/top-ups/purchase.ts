import { conversionAt } from "../../../core/conversion.ts";
import { Decimal, one } from "../../../core/decimal.ts";
import type { Denomination } from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import { lineAmount } from "../../../core/invoice-totals.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import { findConversions } from "../catalog/catalog.ts";
import { issueInvoice } from "../invoicing/invoicing.ts";
import { createId } from "../platform/ids.ts";
import { recordOccurrences } from "../webhooks/webhooks.ts";
import type { Account } from "./account.ts";
import { presentTopUp, type TopUpRow } from "./schema.ts";
import * as rows from "./sql.ts";

export type Purchase = {
  denomination: Denomination;
  amount: Decimal;
  creditsExpireAfterDays: number | null;
  /** The rule that asks for it; null if somebody does. */
  ruleId: string | null;
};

/**
 * Makes a top-up and its open invoice; the credits come when that is paid.
 * @throws CONVERSION_MISSING, VALIDATION_ERROR if no invoice can be made of its amount; nothing is written then.
 */
export async function buy(account: Account, of: Purchase): Promise<TopUpRow> {
  const { tx, key, now } = account;
  const { invoice_id } = await issueInvoice(tx, key, await priceOf(account, of), now);
  const topUp: TopUpRow = {
    customer_id: key.customerId,
    top_up_id: createId(now),
    top_up_rule_id: of.ruleId,
    account_type: of.denomination.accountType,
    code: of.denomination.code,
    amount: of.amount,
    credits_expire_after_days: of.creditsExpireAfterDays,
    status: "in_progress",
    invoice_id,
    credit_grant_id: null,
    created_at: now,
    ended_at: null,
  };
  rows.upsertTopUp(tx, key, topUp);
  recordOccurrences(tx, [{ key, type: "top_up.created", data: { top_up: presentTopUp(topUp) } }], now);
  return topUp;
}

/** The most minor units that a JSON number holds exactly, as an invoice has them. */
const maxCents = Decimal.of(BigInt(Number.MAX_SAFE_INTEGER));

/**
 * What the invoice of a purchase says: a currency costs what it is, a pricing unit what the conversion in force says.
 * @throws CONVERSION_MISSING, VALIDATION_ERROR
 */
export async function priceOf(account: Account, { denomination, amount }: Pick<Purchase, "denomination" | "amount">) {
  const isCurrency = denomination.accountType === "currency";
  const currencyCode = isCurrency ? denomination.code : account.currencyCode;
  const quantity = isCurrency ? one : amount;
  const unitAmount = isCurrency ? amount : await unitPrice(account, denomination.code);
  const price = lineAmount({ quantity, unitAmount, currencyCode });
  if (!price.amountMinor.isPositive())
    refuseAmount("Comes to less than the smallest unit of the currency it is paid in.");
  if (price.amountMinor.isGreaterThan(maxCents)) refuseAmount("Comes to more than an invoice can hold.");
  const isWhole = fromMinorUnits(BigInt(price.amountMinor.toString()), currencyCode).equals(price.amount);
  if (isCurrency && !isWhole) refuseAmount("Must be whole minor units of the currency, like 12.34 dollars.");
  return { currencyCode, line: { description: "Top-up", quantity, unit_amount_decimal: unitAmount } };
}

async function unitPrice({ tx, key, currencyCode, now }: Account, pricingUnitCode: string): Promise<Decimal> {
  const conversions = await findConversions(tx, { id: key.tenantId });
  const found = conversionAt(conversions, { pricingUnitCode, currencyCode, instant: now.getTime() });
  if (found === null) throw new BillingError("CONVERSION_MISSING");
  return found.amountPerUnit;
}

function refuseAmount(message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path: "amount", message }] });
}
