/** What must be true of a finalized invoice by itself: its lines are rounded right, and its totals are what they, its discounts and its taxes make. */
import { decimal, Decimal } from "../../../core/decimal.ts";
import { toMinorUnits } from "../../../core/minor-unit.ts";
import type { TaxTreatment } from "../../../core/tax.ts";
import type { Queryable } from "../platform/db.ts";
import type { InvoiceKey, InvoiceRow, WholeInvoice } from "./schema.ts";
import * as rows from "./sql.ts";
import { totalsOf } from "./totals.ts";
import { keyOf, withLines } from "./whole-invoice.ts";

const invoicesAtATime = 200;

/** All finalized invoices of all tenants, page by page, in the order of their rows. */
export async function* finalizedInvoices(db: Queryable): AsyncGenerator<(WholeInvoice & { key: InvoiceKey })[]> {
  let after: InvoiceKey | null = null;
  for (;;) {
    const page: (InvoiceRow & { tenant_id: number })[] = await rows.findFinalized(db, {
      after,
      limit: invoicesAtATime,
    });
    const invoices = page.map(({ tenant_id, ...invoice }) => ({ key: keyOf(tenant_id, invoice), invoice }));
    yield await withLines(db, invoices);
    if (page.length < invoicesAtATime) return;
    after = invoices.at(-1)?.key as InvoiceKey;
  }
}

/** A sentence for each thing that does not agree. */
export function verifySums({ invoice, lines }: WholeInvoice): string[] {
  const problems = lines.flatMap((line) => {
    const rounded = toMinorUnits(decimal(line.amount), invoice.currency_code);
    return rounded.equals(Decimal.of(BigInt(line.amount_cents)))
      ? []
      : [`line "${line.description}" of ${line.amount} says ${line.amount_cents} minor units.`];
  });
  const { discounts, tax_treatment: status } = invoice;
  const rates = invoice.taxes.map((tax) => ({
    ...tax,
    percent: decimal(tax.percent),
    isInclusive: tax.is_inclusive,
    isReversedByTaxId: false,
  }));
  const treatment: TaxTreatment = { status, rates };
  const made = totalsOf(lines, { discounts, treatment });
  for (const name of Object.keys(made) as (keyof typeof made)[]) {
    const [is, comesTo] = [canonical(invoice[name]), canonical(made[name])];
    if (is !== comesTo) problems.push(`its ${name} is ${is} and comes to ${comesTo}.`);
  }
  return problems;
}

/** The same text for the same content, in whatever order its fields are. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

/** A sentence for each tenant whose numbers are not one after the other. */
export async function verifyNumbers(db: Queryable): Promise<string[]> {
  return (await rows.findNumberGaps(db)).map(
    ({ tenant_id, count, different, last_number }) =>
      `Tenant ${tenant_id} has taken ${last_number} numbers and has ${count} finalized invoices with ${different} different ones.`,
  );
}
