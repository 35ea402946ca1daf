import { customerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable } from "../platform/db.ts";
import * as rows from "./event-sql.ts";
import type { EventFilter, RecordedEventRow } from "./event-sql.ts";

/** The tenant's recorded events, voided ones too, by when they were recorded. */
export async function listEvents(
  db: Queryable,
  tenant: Tenant,
  filter: Omit<EventFilter, "customer"> & { customerId: string | null },
  page: { after: string | null; limit: number },
): Promise<Page<RecordedEventRow>> {
  const { customerId, ...rest } = filter;
  const customer = customerId === null ? null : customerKey(tenant, customerId);
  const found = await rows.listEvents(db, tenant.id, { customer, ...rest }, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.eventId);
}
