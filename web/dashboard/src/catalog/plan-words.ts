import { decimal, zero, type Decimal } from "../../../../core/decimal.ts";
import type { FixedFee, Plan, Recurrence, UsagePrice } from "../../../../sdk/src/generated/types.ts";
import { counted, showAmount, showNumber } from "../amounts.ts";

type Billed = Pick<Plan, "billing_interval" | "billing_interval_count">;

/** Example: "every 2 months". */
export function intervalOf(plan: Billed): string {
  return `every ${periodOf(recurrenceOf(plan))}`;
}

function recurrenceOf({ billing_interval, billing_interval_count }: Billed): Recurrence {
  return { interval: billing_interval, interval_count: billing_interval_count };
}

/** Example: "month", "2 months". */
function periodOf({ interval, interval_count: count }: Recurrence): string {
  return count === 1 ? interval : counted(count, interval);
}

/** What a plan costs, at a glance. Example: "30.00 USD / month + 5.00 USD / seat / month + usage". */
export function costOf(plan: Billed & Pick<Plan, "fixed_fees" | "minimum_commitments" | "usage_prices">): string {
  const period = periodOf(recurrenceOf(plan));
  const usage = plan.usage_prices.length === 0 ? [] : ["usage"];
  const least = plan.minimum_commitments.map((each) => `at least ${showAmount(each.amount, each)} / ${period}`);
  return [[...feesOf(plan), ...usage].join(" + "), ...least].filter(Boolean).join(", ") || "free";
}

/** What fees come to, those that recur in the same way together. */
function feesOf(plan: Billed & Pick<Plan, "fixed_fees">): string[] {
  const sums = new Map<string, { fee: FixedFee; rate: string; amount: Decimal }>();
  for (const fee of plan.fixed_fees) {
    const rate = rateOf(fee, plan);
    const kind = JSON.stringify([rate, fee.currency_code, fee.pricing_unit_code]);
    sums.set(kind, { fee, rate, amount: decimal(fee.amount).plus(sums.get(kind)?.amount ?? zero) });
  }
  return [...sums.values()].map(({ fee, rate, amount }) => showAmount(amount.toString(), fee) + rate);
}

/** What follows the amount of a fee. Example: " / seat / 2 months". */
function rateOf({ per, recurrence, every }: FixedFee, plan: Billed): string {
  const period = periodOf(every ?? recurrenceOf(plan));
  return (per === "seat" ? " / seat" : "") + (recurrence === "once" ? " once" : ` / ${period}`);
}

/** What a price says, a line for each tier. */
export function priceLines(price: UsagePrice): string[] {
  const money = (amount: string) => showAmount(amount, price);
  switch (price.model) {
    case "per_unit":
      return [`${money(price.unit_amount)} each`];
    case "graduated":
    case "volume":
      return rangesOf(price.tiers).map(
        ([range, tier]) => `${range}: ${money(tier.unit_amount)} each${flat(tier, money)}`,
      );
    case "package":
      return [`${money(price.package_amount)} for each started ${showNumber(price.package_size)}`];
    case "percentage":
      return [`${price.rate_percent}% and ${money(price.fixed_amount)} for each event`];
    case "graduated_percentage":
      return rangesOf(price.tiers).map(([range, tier]) => `${range}: ${tier.rate_percent}%${flat(tier, money)}`);
    case "matrix":
      return price.rows.map((row) => `${row.values.map(String).join(", ")}: ${money(row.unit_amount)} each`);
    case "dynamic":
      return [`what the event says in ${price.amount_property}`];
    case "flat_per_event":
      return [`${money(price.amount)} for each event`];
    default:
      return price satisfies never;
  }
}

function rangesOf<Tier extends { up_to: string | null }>(tiers: Tier[]): [range: string, tier: Tier][] {
  return tiers.map((tier, index) => {
    const from = tiers[index - 1]?.up_to ?? "0";
    return [tier.up_to === null ? `above ${showNumber(from)}` : `up to ${showNumber(tier.up_to)}`, tier];
  });
}

function flat({ flat_amount }: { flat_amount: string }, money: (amount: string) => string): string {
  return flat_amount === "0" ? "" : ` and ${money(flat_amount)}`;
}

/** The fields in which two versions differ, each as JSON before and after. */
export function differences(
  before: { [name: string]: unknown },
  after: { [name: string]: unknown },
): { name: string; before: string; after: string }[] {
  const unnamed = new Set(["version", "created_at", "updated_at", "id", "code", "plan_code"]);
  const text = (value: unknown) => JSON.stringify(value, null, 2) ?? "–";
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => !unnamed.has(name) && text(before[name]) !== text(after[name]))
    .map((name) => ({ name, before: text(before[name]), after: text(after[name]) }));
}

/** The document of a plan as a new version takes it. */
export function documentOf(plan: { [name: string]: unknown }): { [name: string]: unknown } {
  const names = [
    "name",
    "description",
    "billing_interval",
    "billing_interval_count",
    "usage_every",
    "trial_days",
    "usage_prices",
    "fixed_fees",
    "minimum_commitments",
    "recurring_grants",
    "overdraft",
    "invoice_grace_hours",
    "invoice_finalization",
    "metadata",
  ];
  return Object.fromEntries(names.map((name) => [name, sendable(plan[name])]));
}

/** As it can be sent again: without what answers add, and without what is null. */
function sendable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sendable);
  if (typeof value !== "object" || value === null) return value;
  const given = Object.entries(value).filter(([name, inner]) => name !== "account_type" && inner !== null);
  // The last tier has no end, and says so.
  const isTier = "up_to" in value;
  return {
    ...Object.fromEntries(given.map(([name, inner]) => [name, sendable(inner)])),
    ...(isTier ? { up_to: value.up_to } : {}),
  };
}
