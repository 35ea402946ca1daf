/** The words of an invoice's lines. */
import type { InvoiceLine } from "../../../core/period-invoice.ts";
import type { PlanDocument } from "../../../core/plan.ts";

/** Example: "Pro seat", "Unused time: Pro seat", "api_calls". */
export function describe(line: InvoiceLine, plan: PlanDocument): string {
  switch (line.type) {
    case "fixed_fee":
      return feeName(line, plan);
    case "proration":
      return `${line.amount.isNegative() ? "Unused time" : "Remaining time"}: ${feeName(line, plan)}`;
    case "usage":
      return line.meterCode === null ? "Balance brought forward" : nameOfPrice(line);
    case "minimum_commitment":
      return `Up to the minimum: ${nameOfMinimum(line, plan)}`;
    default:
      return line.type satisfies never;
  }
}

function feeName({ code }: InvoiceLine, { fixedFees }: PlanDocument): string {
  return fixedFees.find((fee) => fee.code === code)?.name ?? String(code);
}

/** A meter may have several prices. */
function nameOfPrice({ code, meterCode }: InvoiceLine): string {
  return code === meterCode ? String(meterCode) : `${meterCode} (${code})`;
}

function nameOfMinimum({ code, meterCode }: InvoiceLine, { minimumCommitments = [] }: PlanDocument): string {
  return meterCode ?? minimumCommitments.find((each) => each.code === code)?.name ?? String(code);
}
