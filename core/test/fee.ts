import { decimal } from "../decimal.ts";
import { currency } from "../denomination.ts";
import type { FixedFee } from "../plan.ts";

/** A fee in usd for the subscription, every period and in advance, unless `options` say otherwise. */
export function fee(code: string, amount: string, options: Partial<FixedFee> = {}): FixedFee {
  return {
    code,
    name: code,
    amount: decimal(amount),
    per: "subscription",
    denomination: currency("usd"),
    billing: "in_advance",
    recurrence: "every_period",
    ...options,
  };
}
