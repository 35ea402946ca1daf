import { customerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, writeCursor, type Page } from "../http/pagination.ts";
import type { Queryable } from "../platform/db.ts";
import * as rows from "./event-sql.ts";
import type { EventFilter, RecordedEventRow } from "./event-sql.ts";

/**
 * The tenant's recorded events, voided ones too, by when they were recorded. A page of those that say something ends also where
 * it has looked at very many.
 */
export async function listEvents(
  db: Queryable,
  tenant: Tenant,
  { customerId, ...rest }: Omit<EventFilter, "customer"> & { customerId: string | null },
  { after, limit }: { after: string | null; limit: number },
): Promise<Page<RecordedEventRow>> {
  const filter = { customer: customerId === null ? null : customerKey(tenant, customerId), ...rest };
  const found = await rows.listEvents(db, tenant.id, filter, { after, limit: limit + 1 });
  const page = toPage(found, limit, (last) => last.eventId);
  if (!rows.isByContent(filter) || page.pagination.has_more) return page;
  const last = await rows.lastSearched(db, tenant.id, filter, after);
  return last === null ? page : { ...page, pagination: { has_more: true, next_cursor: writeCursor(last) } };
}
