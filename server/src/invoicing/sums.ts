/** How an invoice adds up, as it is shown wherever it is shown. */
import type { InvoiceRow } from "./schema.ts";

export type Sum = {
  label: string;
  cents: number;
  /** A `contained` one is in the total already. */
  kind: "part" | "total" | "contained";
};

/** Its total alone, if it is all that there is. */
export function sumsOf(invoice: InvoiceRow): Sum[] {
  const { subtotal_cents, total_cents, discounts, taxes } = invoice;
  const parts: Sum[] = [
    ...discounts
      .filter(({ amount_cents }) => amount_cents !== 0)
      .map((each) => ({ label: discountWords(each), cents: -each.amount_cents, kind: "part" as const })),
    ...taxes
      .filter(({ is_inclusive }) => !is_inclusive)
      .map((each) => ({ label: taxWords(each), cents: each.tax_cents, kind: "part" as const })),
  ];
  const contained = taxes.filter(({ is_inclusive }) => is_inclusive);
  return [
    ...(parts.length === 0 ? [] : [{ label: "Subtotal", cents: subtotal_cents, kind: "part" as const }]),
    ...parts,
    { label: "Total", cents: total_cents, kind: "total" },
    ...contained.map((each) => ({
      label: `including ${taxWords(each)}`,
      cents: each.tax_cents,
      kind: "contained" as const,
    })),
  ];
}

/** What the customer's balance paid of it as it was finalized, and what it came to be due by that; nothing if there was none. */
export function balanceSums(invoice: InvoiceRow): Sum[] {
  const { total_cents, balance_applied_cents: applied } = invoice;
  if (applied === 0) return [];
  return [
    { label: fromBalance, cents: -applied, kind: "part" },
    { label: "Amount due", cents: total_cents - applied, kind: "total" },
  ];
}

export const fromBalance = "Paid from your balance";

function discountWords({ name, percent_off }: InvoiceRow["discounts"][number]): string {
  return percent_off === null ? name : `${name} (${percent_off}% off)`;
}

function taxWords({ name, percent }: InvoiceRow["taxes"][number]): string {
  return `${name} ${percent}%`;
}

/** Why an invoice has no tax, as the law of most countries wants it said; null if there is nothing to say. */
export function taxNote({ tax_treatment: treatment }: InvoiceRow): string | null {
  if (treatment === "reverse_charge") return "Reverse charge: the recipient accounts for the tax.";
  return treatment === "exempt" ? "Exempt from tax." : null;
}
