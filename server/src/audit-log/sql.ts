import type { AuditEntry } from "../http/audit.ts";
import { writeJson } from "../http/json.ts";
import { allOf, sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import { firstIdAt } from "../platform/ids.ts";

type Place = { tenantId: Sql; id: string };

/** Sends the row of an entry. */
export function insertEntry(tx: Transaction, { tenantId, id }: Place, entry: Omit<AuditEntry, "tenant">): void {
  tx.send(
    sql`insert into audit_entries (tenant_id, audit_entry_id, actor_type, actor_id, actor_name, operation, resource_type, resource_id,
          customer_id, before, after, request_id, created_at)
        select tenant_id, ${id}, ${entry.actor.type}, ${entry.actor.id}, ${entry.actor.name}, ${entry.operation},
          ${entry.resource.type}, ${entry.resource.id}, ${entry.customerId}, ${jsonOf(entry.before)}::json, ${jsonOf(entry.after)}::json,
          ${entry.requestId}, ${entry.at}
        from (${tenantId}) as places`,
  );
}

/** Entries stay, without what was there before and after. */
export async function emptyEntries(tx: Transaction, tenantId: number, customerId: string): Promise<void> {
  await tx.query(
    sql`update audit_entries set before = null, after = null where tenant_id = ${tenantId} and customer_id = ${customerId}`,
  );
}

const jsonOf = (fields: object | null) => (fields === null ? null : writeJson(fields));

export const thisTenant = (tenantId: number) => sql`select ${tenantId}::integer as tenant_id`;

export const liveModeOf = (companyId: string) =>
  sql`select tenant_id from tenants where company_id = ${companyId} and mode = 'live'`;

/** The live modes of all companies that the member is in. */
export const companiesOf = (memberId: string) =>
  sql`select tenant_id from tenants join memberships using (company_id) where member_id = ${memberId} and mode = 'live'`;

export type EntryRow = {
  audit_entry_id: string;
  actor_type: "member" | "api_key" | "system";
  actor_id: string | null;
  actor_name: string | null;
  operation: string;
  resource_type: string;
  resource_id: string | null;
  before: string | null;
  after: string | null;
  request_id: string | null;
  created_at: Date;
};

export type EntryFilter = {
  actorId: string | undefined;
  resourceType: string | undefined;
  resourceId: string | undefined;
  operation: string | undefined;
  from: Date | undefined;
  to: Date | undefined;
};

/** Newest first, from just below the id `after`. Ids begin with their time, so that a span of time is a span of them. */
export async function listEntries(
  db: Queryable,
  tenantId: number,
  filter: EntryFilter,
  page: { after: string | null; limit: number },
): Promise<EntryRow[]> {
  const conditions = [
    ...(filter.actorId === undefined ? [] : [sql`actor_id = ${filter.actorId}`]),
    ...(filter.resourceType === undefined ? [] : [sql`resource_type = ${filter.resourceType}`]),
    ...(filter.resourceId === undefined ? [] : [sql`resource_id = ${filter.resourceId}`]),
    ...(filter.operation === undefined ? [] : [sql`operation = ${filter.operation}`]),
    ...(filter.from === undefined ? [] : [sql`audit_entry_id >= ${idAt(filter.from)}`]),
    ...(filter.to === undefined ? [] : [sql`audit_entry_id < ${idAt(filter.to)}`]),
    ...(page.after === null ? [] : [sql`audit_entry_id < ${page.after}`]),
  ];
  return db.query<EntryRow>(
    sql`select audit_entry_id, actor_type, actor_id, actor_name, operation, resource_type, resource_id, before::text, after::text,
          request_id, created_at
        from audit_entries
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by audit_entry_id desc
        limit ${page.limit}`,
  );
}

const firstTime = Date.parse("1970-01-01T00:00:00Z");
const lastTime = Date.parse("2059-01-01T00:00:00Z");

function idAt(instant: Date): string {
  return firstIdAt(new Date(Math.min(Math.max(instant.getTime(), firstTime), lastTime)));
}
