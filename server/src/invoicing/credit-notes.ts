import { BillingError } from "../../../core/errors.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable } from "../platform/db.ts";
import * as rows from "./credit-note-sql.ts";
import type { CreditNoteFilter, CreditNoteRow } from "./credit-note-sql.ts";

/** @throws CREDIT_NOTE_NOT_FOUND */
export async function getCreditNote(db: Queryable, tenant: Tenant, id: string): Promise<CreditNoteRow> {
  const row = await rows.findCreditNote(db, tenant.id, id);
  if (row === null) throw new BillingError("CREDIT_NOTE_NOT_FOUND");
  return row;
}

export async function listCreditNotes(
  db: Queryable,
  tenant: Tenant,
  filter: CreditNoteFilter,
  page: { after: string | null; limit: number },
): Promise<Page<CreditNoteRow>> {
  const found = await rows.listCreditNotes(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.credit_note_id);
}
