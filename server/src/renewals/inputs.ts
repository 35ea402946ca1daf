/** What the lines of a billing come from, as it is kept with it: small, and enough to make them again. */
import { conversionAt, type Conversion } from "../../../core/conversion.ts";
import { decimal } from "../../../core/decimal.ts";
import { denominationOfKey } from "../../../core/denomination.ts";
import type { FeeBasis } from "../../../core/fee-basis.ts";
import type { LineInputs, SettledIn } from "../../../core/period-invoice.ts";
import type { PeriodSchedule } from "../../../core/period.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import type { Reading } from "../../../core/pricing.ts";
import type { BillingRow } from "./sql.ts";

/**
 * As JSON; decimals are text. The plan version and its overrides are not in it: they never change, and the subscription names them. When it was
 * billed, and what was settled, stand on the billing itself.
 */
export type StoredInputs = {
  schedule: PeriodSchedule;
  history: { from: number; quantity: string; is_billed: boolean; is_credited: boolean | null }[];
  usage: { starts_at: number; ends_at: number; readings: Record<string, StoredReading[]> }[];
  charged_earlier: Record<string, string>;
  currency_code: string;
  conversions: { pricing_unit_code: string; amount_per_unit: string; effective_from: number }[];
};

type StoredReading = { dimension: string; quantity: string; event_count: number; accrued: string };

type Kept = Omit<LineInputs, "plan" | "ending" | "after">;

export function toStoredInputs(inputs: Kept): StoredInputs {
  const { schedule, history, usage, chargedEarlier, currencyCode } = inputs;
  return {
    schedule,
    history: history.map(({ from, seatCount, isBilled, isCredited }) => ({
      from,
      quantity: seatCount.toString(),
      is_billed: isBilled,
      is_credited: isCredited ?? null,
    })),
    usage: usage.map(({ period, readings }) => ({
      starts_at: period.startsAt,
      ends_at: period.endsAt,
      readings: Object.fromEntries([...readings].map(([code, each]) => [code, each.map(toStoredReading)])),
    })),
    charged_earlier: Object.fromEntries([...(chargedEarlier ?? [])].map(([key, amount]) => [key, amount.toString()])),
    currency_code: currencyCode,
    conversions: inForce(inputs).map(({ pricingUnitCode, amountPerUnit, effectiveFrom }) => ({
      pricing_unit_code: pricingUnitCode,
      amount_per_unit: amountPerUnit.toString(),
      effective_from: effectiveFrom,
    })),
  };
}

/** One for each pricing unit. */
function inForce({ conversions, currencyCode, at }: Kept): Conversion[] {
  const units = new Set(conversions.map(({ pricingUnitCode }) => pricingUnitCode));
  return [...units].flatMap((pricingUnitCode) => {
    const found = conversionAt(conversions, { pricingUnitCode, currencyCode, instant: at });
    return found === null ? [] : [found];
  });
}

function toStoredReading({ dimension, state }: Reading): StoredReading {
  const { quantity, eventCount, accrued } = state;
  return { dimension, quantity: quantity.toString(), event_count: eventCount, accrued: accrued.toString() };
}

/** As core makes the lines of a billing from it, by the plan of its subscription. */
export function toLineInputs(billing: BillingRow & { inputs: StoredInputs }, plan: PlanDocument): LineInputs {
  const { inputs, billed_at, billed_after, is_credited } = billing;
  const at = billed_at.getTime();
  return {
    plan,
    schedule: inputs.schedule,
    history: inputs.history.map((basis): FeeBasis => {
      const { from, quantity, is_billed, is_credited: isCredited } = basis;
      return {
        from,
        seatCount: decimal(quantity),
        isBilled: is_billed,
        ...(isCredited === null ? {} : { isCredited }),
      };
    }),
    ending: is_credited === null ? null : { at, isCredited: is_credited },
    after: billed_after?.getTime() ?? null,
    at,
    usage: inputs.usage.map(({ starts_at, ends_at, readings }) => ({
      period: { startsAt: starts_at, endsAt: ends_at },
      readings: new Map(Object.entries(readings).map(([code, each]) => [code, each.map(toReading)])),
    })),
    chargedEarlier: new Map(Object.entries(inputs.charged_earlier).map(([key, amount]) => [key, decimal(amount)])),
    currencyCode: inputs.currency_code,
    conversions: inputs.conversions.map((each) => ({
      pricingUnitCode: each.pricing_unit_code,
      currencyCode: inputs.currency_code,
      amountPerUnit: decimal(each.amount_per_unit),
      effectiveFrom: each.effective_from,
    })),
  };
}

/** What an aggregation remembers is for events that come yet; a price is a function of the reading. */
function toReading({ dimension, quantity, event_count, accrued }: StoredReading): Reading {
  const state = { quantity: decimal(quantity), eventCount: event_count, accrued: decimal(accrued), memory: null };
  return { dimension, state };
}

/** What the billing has settled, by denomination. */
export function toSettled({ settled }: BillingRow): SettledIn[] {
  return Object.entries(settled).map(([key, { usage, carried }]) => ({
    denomination: denominationOfKey(key),
    settled: { usage: decimal(usage), carried: decimal(carried) },
  }));
}
