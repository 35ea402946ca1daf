import { redact, type AuditEntry } from "../http/audit.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import * as rows from "./sql.ts";
import type { EntryFilter, EntryRow } from "./sql.ts";

/** Resources that belong to a company and not to a mode of it. */
const ofCompany = new Set(["member"]);

/** Sends the row of an entry, in the transaction of the change. */
export function writeAuditEntry(tx: Transaction, { tenant, ...entry }: AuditEntry): void {
  const place = ofCompany.has(entry.resource.type) ? rows.liveModeOf(tenant.companyId) : rows.thisTenant(tenant.id);
  rows.insertEntry(tx, { tenantId: place, id: createId(entry.at) }, entry);
}

/** What a job or a customer's own page has done, unless a request has caused it: that is written down in the name of whoever asked. */
export function writeSystemEntry(
  tx: Transaction,
  { tenantId, customerId }: { tenantId: number; customerId: string },
  { operation, data }: { operation: string; data: Record<string, unknown> },
  now: Date,
): void {
  if (tx.isAudited === true) return;
  const [type = "", fields] = Object.entries(data)[0] ?? [];
  const after = redact(fields as Record<string, unknown>);
  rows.insertEntry(
    tx,
    { tenantId: rows.thisTenant(tenantId), id: createId(now) },
    {
      actor: { type: "system", id: null, name: null },
      operation,
      resource: { type, id: typeof after.id === "string" ? after.id : null },
      customerId,
      before: null,
      after,
      requestId: null,
      at: now,
    },
  );
}

/** What a member has done for themselves: an entry in each of their companies. */
export function writeMemberEntry(
  tx: Transaction,
  member: { member_id: string; email: string },
  { operation, requestId }: { operation: string; requestId: string },
  now: Date,
): void {
  rows.insertEntry(
    tx,
    { tenantId: rows.companiesOf(member.member_id), id: createId(now) },
    {
      actor: { type: "member", id: member.member_id, name: member.email },
      operation,
      resource: { type: "member", id: member.member_id },
      customerId: null,
      before: null,
      after: null,
      requestId,
      at: now,
    },
  );
}

/** Takes a customer out of the log: that something was changed stays, and by whom, but not what. */
export async function forgetCustomer(tx: Transaction, tenantId: number, customerId: string): Promise<void> {
  await rows.emptyEntries(tx, tenantId, customerId);
}

export async function listAuditEntries(
  db: Queryable,
  tenant: Tenant,
  filter: EntryFilter,
  page: { after: string | null; limit: number },
): Promise<Page<EntryRow>> {
  const found = await rows.listEntries(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.audit_entry_id);
}
