import { emptyCounter } from "../../../../core/counter.ts";
import { decimal } from "../../../../core/decimal.ts";
import { currency, pricingUnit } from "../../../../core/denomination.ts";
import type { PricingModel, UsagePrice as CorePrice } from "../../../../core/plan.ts";
import { periodCharge } from "../../../../core/pricing.ts";
import type { UsagePrice } from "../../../../sdk/src/generated/types.ts";

/** What a quantity costs in a period, exactly: computed by what charges it. Null where that depends on each event. */
export function costAt(price: UsagePrice, quantity: string): string | null {
  const model = modelOf(price);
  if (model === null) return null;
  const reading = { dimension: "", state: { ...emptyCounter, quantity: decimal(quantity), eventCount: 1 } };
  return periodCharge({ ...commonOf(price), ...model }, [reading]).toString();
}

/** A quantity at which the price shows its form; null where it has none. */
export function likelyQuantity(price: UsagePrice): number | null {
  if (modelOf(price) === null) return null;
  const ends = "tiers" in price ? price.tiers.map(({ up_to }) => Number.parseFloat(up_to ?? "0")) : [];
  const last = Math.max(0, ...ends);
  if (last > 0) return last * 1.5;
  return price.model === "package" ? Number.parseFloat(price.package_size) * 4 : 1_000;
}

function modelOf(price: UsagePrice): PricingModel | null {
  switch (price.model) {
    case "per_unit":
      return { model: "per_unit", unitAmount: decimal(price.unit_amount) };
    case "graduated":
    case "volume":
      return {
        model: price.model,
        tiers: price.tiers.map(({ up_to, unit_amount, flat_amount }) => ({
          upTo: orNull(up_to),
          unitAmount: decimal(unit_amount),
          flatAmount: decimal(flat_amount),
        })),
      };
    case "graduated_percentage":
      return {
        model: "graduated_percentage",
        tiers: price.tiers.map(({ up_to, rate_percent, flat_amount }) => ({
          upTo: orNull(up_to),
          ratePercent: decimal(rate_percent),
          flatAmount: decimal(flat_amount),
        })),
      };
    case "package":
      return {
        model: "package",
        packageSize: decimal(price.package_size),
        packageAmount: decimal(price.package_amount),
        freeUnits: decimal(price.free_units),
      };
    default:
      return null;
  }
}

function commonOf(price: UsagePrice): Omit<CorePrice, keyof PricingModel> {
  const { rounding } = price;
  return {
    code: price.code,
    meterCode: price.meter_code,
    denomination:
      price.currency_code === null ? pricingUnit(price.pricing_unit_code ?? "") : currency(price.currency_code),
    groupBy: [],
    rounding: rounding === null ? null : { mode: rounding.mode, step: decimal(rounding.step), per: rounding.per },
    includedUnits: decimal(price.included_units),
    minimum: orNull(price.minimum_amount),
    maximum: orNull(price.maximum_amount),
    lateUsage: price.late_usage,
  };
}

const orNull = (text: string | null) => (text === null ? null : decimal(text));
