/** Usage prices from a body to the stored document, and from there to core. */
import { decimal } from "../../../core/decimal.ts";
import type { PricingModel, UsagePrice as CoreUsagePrice } from "../../../core/plan.ts";
import { presentDenomination, toDenomination } from "../http/denomination.ts";
import { storedDefaults, toModifiers } from "./modifier-schema.ts";
import { UsagePrice, type PriceFields, type StoredPrice } from "./price-schema.ts";
import { decimalOrNull, toMatrixRow, toPercentageTier, toTier } from "./tier-schema.ts";

/**
 * The prices to store, each with a code: one not given is the meter's, with the first free number from 2 behind it where that
 * is taken. Codes that were given are taken before any is made up. Example: three prices on `tokens` → `tokens`, `tokens_2`,
 * `tokens_3`.
 */
export function toStoredPrices(prices: readonly PriceFields[]): StoredPrice[] {
  const taken = new Set(prices.flatMap(({ code }) => code ?? []));
  return prices.map((price) => {
    const code = price.code ?? freeCode(price.meter_code, taken);
    taken.add(code);
    return { ...price, code, ...presentDenomination(toDenomination(price)) };
  });
}

const maxCodeLength = 64;

function freeCode(wanted: string, taken: ReadonlySet<string>): string {
  let code = wanted;
  for (let number = 2; taken.has(code); number++) {
    const suffix = `_${number}`;
    code = wanted.slice(0, maxCodeLength - suffix.length).replace(/_$/, "") + suffix;
  }
  return code;
}

/** A stored price with its fields in the reference's order, and with the defaults of what there was not when it was stored. */
export function readStoredPrice(stored: StoredPrice): StoredPrice {
  return UsagePrice.parse({ ...storedDefaults, ...stored });
}

/** The price as core reads it. */
export function toUsagePrice(price: StoredPrice): CoreUsagePrice {
  return {
    code: price.code,
    meterCode: price.meter_code,
    denomination: toDenomination(price),
    ...toModifiers(price),
    ...toModel(price),
  };
}

function toModel(price: StoredPrice): PricingModel {
  switch (price.model) {
    case "per_unit":
      return { model: "per_unit", unitAmount: decimal(price.unit_amount) };
    case "graduated":
    case "volume":
      return { model: price.model, tiers: price.tiers.map(toTier) };
    case "package":
      return {
        model: "package",
        packageSize: decimal(price.package_size),
        packageAmount: decimal(price.package_amount),
        freeUnits: decimal(price.free_units),
      };
    case "percentage":
      return {
        model: "percentage",
        ratePercent: decimal(price.rate_percent),
        fixedAmount: decimal(price.fixed_amount),
        freeAmount: decimal(price.free_amount),
        minimumPerEvent: decimalOrNull(price.minimum_per_event),
        maximumPerEvent: decimalOrNull(price.maximum_per_event),
      };
    case "graduated_percentage":
      return { model: "graduated_percentage", tiers: price.tiers.map(toPercentageTier) };
    case "matrix":
      return {
        model: "matrix",
        dimensions: price.dimensions,
        rows: price.rows.map(toMatrixRow),
        defaultUnitAmount: decimalOrNull(price.default_unit_amount),
      };
    case "dynamic":
      return { model: "dynamic", amountProperty: price.amount_property };
    case "flat_per_event":
      return { model: "flat_per_event", amount: decimal(price.amount) };
    default:
      return price satisfies never;
  }
}
