import { emptyCounter } from "../../../../core/counter.ts";
import { decimal, type Decimal } from "../../../../core/decimal.ts";
import { currency, pricingUnit } from "../../../../core/denomination.ts";
import type { PricingModel, UsagePrice as CorePrice } from "../../../../core/plan.ts";
import { periodCharge } from "../../../../core/pricing.ts";
import type { UsagePrice } from "../../../../sdk/src/generated/types.ts";

/** A price as what charges it has it; null where what it costs depends on each event. */
export function chargedPrice(price: UsagePrice): CorePrice | null {
  const model = modelOf(price);
  return model === null ? null : { ...commonOf(price), ...model };
}

/** What a quantity costs in a period, exactly: computed by what charges it. */
export function costAt(price: CorePrice, quantity: Decimal): Decimal {
  return periodCharge(price, [{ dimension: "", state: { ...emptyCounter, quantity, eventCount: 1 } }]);
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
