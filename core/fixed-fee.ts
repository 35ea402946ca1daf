/** What a plan costs whether or not it is used: which fixed fees fall due when, and how much each is. */
import { one, type Decimal } from "./decimal.ts";
import type { FixedFee, PlanDocument } from "./plan.ts";

export type DueFee = { fee: FixedFee; quantity: Decimal; amount: Decimal };

/**
 * The fees that fall due as a period begins or ends, for the whole period. In advance is due as it begins, in arrears as it
 * ends; a fee that is owed once is due in the first period alone.
 * Example: 12 per seat in advance, 5 seats → as the period begins, 60.
 */
export function feesDue(
  plan: PlanDocument,
  of: { moment: "period_start" | "period_end"; isFirstPeriod: boolean; seatCount: Decimal },
): DueFee[] {
  const billing = of.moment === "period_start" ? "in_advance" : "in_arrears";
  return plan.fixedFees
    .filter((fee) => fee.billing === billing && (of.isFirstPeriod || fee.recurrence === "every_period"))
    .map((fee) => {
      const quantity = fee.per === "seat" ? of.seatCount : one;
      return { fee, quantity, amount: fee.amount.times(quantity) };
    });
}
