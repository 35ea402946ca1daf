import { BillingError } from "./errors.ts";

/** Who needs the property: a meter to measure with, or a price to charge by. */
export type PropertyNeed = { meterCode: string } | { priceCode: string };

/**
 * The refusal of an event whose property cannot be used. Nothing is recorded of it, because what it should cost is not known.
 * Example: `invalidProperty("tokens", { meterCode: "tokens_used" }, "needs a number here; it is missing")`.
 */
export function invalidProperty(property: string, need: PropertyNeed, reason: string): BillingError {
  const [who, whose] =
    "meterCode" in need
      ? [`The meter "${need.meterCode}"`, { meter_code: need.meterCode }]
      : [`The price "${need.priceCode}"`, { price_code: need.priceCode }];
  const message = `${who} ${reason}.`;
  return new BillingError("INVALID_PROPERTY", {
    details: [{ path: `properties.${property}`, message, property, ...whose }],
  });
}
