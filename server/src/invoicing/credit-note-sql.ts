import { ofCustomers, type CustomerKey } from "../customers/customers.ts";
import { allOf, asRows, sql, type Queryable, type Transaction } from "../platform/db.ts";

/** As JSON, instants are text. */
export type CreditNoteLine = {
  description: string;
  quantity: string;
  amount: string;
  amount_cents: number;
  period_start: string | null;
  period_end: string | null;
};

export type CreditNoteRow = {
  bucket: number;
  customer_id: string;
  credit_note_id: string;
  /** Null until it is stored. */
  number: string | null;
  invoice_id: string;
  currency_code: string;
  total_cents: number;
  tax_cents: number;
  applied_cents: number;
  /** The part that went back to where the money came from. */
  refunded_cents: number;
  reason: string;
  lines: CreditNoteLine[];
  created_at: Date;
};

const columns = sql`bucket, customer_id, credit_note_id, number, invoice_id, currency_code, total_cents, tax_cents, applied_cents, refunded_cents,
  reason, lines, created_at`;

export function insertCreditNotes(tx: Transaction, notes: { tenantId: number; row: CreditNoteRow }[]): void {
  if (notes.length === 0) return;
  const records = notes.map(({ tenantId, row }) => ({ tenant_id: tenantId, ...row }));
  tx.send(
    sql`insert into credit_notes (tenant_id, ${columns})
        select tenant_id, ${columns} from ${asRows(sql`credit_notes`, records)}`,
  );
}

/** By invoice: what credit notes have given back of it, in minor units. */
export async function sumCredited(db: Queryable, key: CustomerKey, invoiceIds: string[]): Promise<Map<string, number>> {
  const rows = await db.query<{ invoice_id: string; cents: number }>(
    sql`select invoice_id, sum(total_cents)::bigint as cents from credit_notes
        where ${ofCustomers([key])} and invoice_id = any(${invoiceIds}::text[])
        group by invoice_id`,
  );
  return new Map(rows.map(({ invoice_id, cents }) => [invoice_id, cents]));
}

export type CreditNoteFilter = { customer: CustomerKey | null; invoiceId: string | null };

/** Newest first, from just below the id `after`. */
export async function listCreditNotes(
  db: Queryable,
  tenantId: number,
  filter: CreditNoteFilter,
  page: { after: string | null; limit: number },
): Promise<CreditNoteRow[]> {
  const conditions = [
    ...(filter.customer === null ? [] : [ofCustomers([filter.customer])]),
    ...(filter.invoiceId === null ? [] : [sql`invoice_id = ${filter.invoiceId}`]),
    ...(page.after === null ? [] : [sql`credit_note_id < ${page.after}`]),
  ];
  return db.query<CreditNoteRow>(
    sql`select ${columns} from credit_notes
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by credit_note_id desc
        limit ${page.limit}`,
  );
}

export async function findCreditNote(db: Queryable, tenantId: number, id: string): Promise<CreditNoteRow | null> {
  const [row] = await db.query<CreditNoteRow>(
    sql`select ${columns} from credit_notes where tenant_id = ${tenantId} and credit_note_id = ${id}`,
  );
  return row ?? null;
}
