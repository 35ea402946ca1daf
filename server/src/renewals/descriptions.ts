/** The words of an invoice's lines. */
import type { InvoiceLine } from "../../../core/period-invoice.ts";
import type { PlanDocument } from "../../../core/plan.ts";
import type { LineItemRow } from "../invoicing/schema.ts";

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
      return `${upToMinimum}${nameOfMinimum(line, plan)}`;
    default:
      return line.type satisfies never;
  }
}

const upToMinimum = "Up to the minimum: ";

/**
 * A stored line's description with its meter by name, for people. What is stored has the code, which never changes, so that the line can be made
 * again and a final document stays as it is. A description that somebody has written stays as well.
 * Example: "api_calls" → "API calls".
 */
export function describeByName(
  { description, meter_code: code }: LineItemRow,
  meterNames: ReadonlyMap<string, string>,
): string {
  const name = code === null ? undefined : meterNames.get(code);
  if (code === null || name === undefined) return description;
  if (description === `${upToMinimum}${code}`) return `${upToMinimum}${name}`;
  const isMade = description === code || description.startsWith(`${code} (`);
  return isMade ? `${name}${description.slice(code.length).replaceAll("_", " ")}` : description;
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
