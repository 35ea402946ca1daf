/** A plan in plain words, for whoever is about to pay for it. */
import { valueText } from "../../../core/dimension.ts";
import type { FixedFee, PlanDocument, UsagePrice } from "../../../core/plan.ts";
import type { Recurrence } from "../../../core/period.ts";
import { amountOf, quantity } from "../http/words.ts";

/** Each what something costs. `detail` lists steps of it, like tiers. */
export type PlanWords = { title: string; text: string; detail: string[] };

const units = { week: "week", month: "month", quarter: "quarter", year: "year" } as const;

/** Example: every month; every 3 months. */
export function intervalWords({ interval, intervalCount: count }: Recurrence): string {
  return count === 1 ? `every ${units[interval]}` : `every ${count} ${units[interval]}s`;
}

/** What the plan costs and gives, in the order in which people ask. */
export function planWords(plan: PlanDocument, meterNames: ReadonlyMap<string, string>): PlanWords[] {
  const period = { interval: plan.billingInterval, intervalCount: plan.billingIntervalCount };
  return [
    ...(plan.trialDays ? [{ title: "Free trial", text: `${plan.trialDays} days without fees`, detail: [] }] : []),
    ...plan.fixedFees.map((fee) => feeWords(fee, period)),
    ...plan.usagePrices.map((price) => ({
      title: meterNames.get(price.meterCode) ?? price.meterCode,
      ...priceWords(price),
    })),
    ...(plan.minimumCommitments ?? []).map((each) => ({
      title: each.name,
      text: `At least ${amountOf(each.amount, each.denomination)} ${intervalWords(period)}`,
      detail: [],
    })),
    ...(plan.recurringGrants ?? []).map((each) => ({
      title: each.name,
      text: `${amountOf(each.amount, each.denomination)} included ${intervalWords(period)}${each.per === "seat" ? ", for each seat" : ""}`,
      detail: [],
    })),
  ];
}

function feeWords(fee: FixedFee, period: Recurrence): PlanWords {
  const amount = amountOf(fee.amount, fee.denomination);
  const per = fee.per === "seat" ? " for each seat" : "";
  const when = fee.recurrence === "once" ? "once" : intervalWords(fee.every ?? period);
  const ahead = fee.recurrence === "once" ? "" : fee.billing === "in_advance" ? ", in advance" : ", afterwards";
  return { title: fee.name, text: `${amount}${per} ${when}${ahead}`, detail: [] };
}

function priceWords(price: UsagePrice): Omit<PlanWords, "title"> {
  const { text, detail } = modelWords(price);
  const included = price.includedUnits.isZero() ? [] : [`${quantity(price.includedUnits.toString())} included`];
  const least = price.minimum === null ? [] : [`at least ${amountOf(price.minimum, price.denomination)}`];
  const most = price.maximum === null ? [] : [`at most ${amountOf(price.maximum, price.denomination)}`];
  const words = [...included, text, ...least, ...most].join("; ");
  return { text: `${words.charAt(0).toUpperCase()}${words.slice(1)}`, detail };
}

function modelWords(price: UsagePrice): { text: string; detail: string[] } {
  const of = (amount: { toString(): string }) => amountOf(amount.toString(), price.denomination);
  const plain = (text: string) => ({ text, detail: [] });
  switch (price.model) {
    case "per_unit":
      return plain(`${of(price.unitAmount)} per unit`);
    case "flat_per_event":
      return plain(`${of(price.amount)} each time`);
    case "dynamic":
      return plain("as each use says");
    case "package": {
      const free = price.freeUnits.isZero() ? "" : `, ${quantity(price.freeUnits.toString())} free`;
      return plain(`${of(price.packageAmount)} for every ${quantity(price.packageSize.toString())} begun${free}`);
    }
    case "percentage": {
      const fee = price.fixedAmount.isZero() ? "" : ` + ${of(price.fixedAmount)} each time`;
      return plain(`${price.ratePercent.toString()} %${fee}`);
    }
    case "graduated":
    case "volume": {
      const detail = price.tiers.map(({ upTo, unitAmount, flatAmount }, index) => {
        const flat = flatAmount.isZero() ? "" : ` + ${of(flatAmount)}`;
        const unit = unitAmount.isZero() && flat === "" ? "free" : `${of(unitAmount)} per unit`;
        return `${rangeWords(price.tiers, index, upTo)}: ${unit}${flat}`;
      });
      return {
        text:
          price.model === "graduated"
            ? "in steps, each with its own price"
            : "one price for all units, by how many you use",
        detail,
      };
    }
    case "graduated_percentage": {
      const detail = price.tiers.map(({ upTo, ratePercent, flatAmount }, index) => {
        const flat = flatAmount.isZero() ? "" : ` + ${of(flatAmount)}`;
        return `${rangeWords(price.tiers, index, upTo)}: ${ratePercent.toString()} %${flat}`;
      });
      return { text: "in steps, each with its own rate", detail };
    }
    case "matrix": {
      const detail = price.rows.map(
        ({ values, unitAmount }) =>
          `${values.map((value) => valueText(value) ?? "none").join(", ")}: ${of(unitAmount)} per unit`,
      );
      const rest = price.defaultUnitAmount === null ? [] : [`Everything else: ${of(price.defaultUnitAmount)} per unit`];
      return { text: `by ${price.dimensions.join(" and ").replaceAll("_", " ")}`, detail: [...detail, ...rest] };
    }
    default:
      return price satisfies never;
  }
}

function rangeWords(
  tiers: readonly { upTo: { toString(): string } | null }[],
  index: number,
  upTo: { toString(): string } | null,
): string {
  const from = tiers[index - 1]?.upTo ?? null;
  if (upTo === null) return from === null ? "Any quantity" : `Above ${quantity(from.toString())}`;
  return from === null
    ? `Up to ${quantity(upTo.toString())}`
    : `Above ${quantity(from.toString())} up to ${quantity(upTo.toString())}`;
}
