import { decimal } from "../../../core/decimal.ts";
import { BillingError } from "../../../core/errors.ts";
import type { Meter } from "../../../core/meter.ts";
import { startOfDay, type Period } from "../../../core/period.ts";
import type { Properties } from "../../../core/property.ts";
import {
  addUsage,
  openUsage,
  usageRowCount,
  usageRows,
  startOfDays,
  startOfMonth,
  usageTotal,
  type UsageFigures,
  type UsageRow,
  type UsageTally,
} from "../../../core/usage.ts";
import { requireMeter } from "../catalog/catalog.ts";
import { customerKey, getCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { parseStoredJson } from "../http/json.ts";
import type { Queryable } from "../platform/db.ts";
import type { InstantOrDay, UsageQuery } from "./schema.ts";
import type { StoredCharge } from "./sql.ts";
import { findUsedEvents, type UsedEvent } from "./usage-sql.ts";

export type CustomerUsage = { rows: UsageRow[]; total: UsageFigures; unreadableCount: number };

/**
 * What the meter has read of the customer's recorded events, by window and group and as a whole, with what its prices charged
 * for them. Reads page by page; an event that is recorded or voided meanwhile may be in it or not, but rows and total agree.
 * @throws CUSTOMER_NOT_FOUND, METER_NOT_FOUND, VALIDATION_ERROR for a range that is empty or too long, or too many rows.
 */
export async function getUsage(
  db: Queryable,
  tenant: Tenant,
  customerId: string,
  query: UsageQuery,
  now: Date,
): Promise<CustomerUsage> {
  const { timezone: timeZone } = await getCustomer(db, tenant, customerId);
  const meter = await requireMeter(db, tenant, query.meter_code);
  const range = rangeOf(query, timeZone, now);
  const window = query.window === "none" ? null : query.window;

  const tally = openUsage({ meter, range, window, groupBy: query.group_by, timeZone });
  refuseTooManyRows(tally);
  await readEvents(db, customerKey(tenant, customerId), meter, tally);
  return { rows: usageRows(tally), total: usageTotal(tally), unreadableCount: tally.unreadableCount };
}

const maxRangeMs = 400 * 24 * 60 * 60 * 1_000;
/** 400 local days may hold an hour more than that. */
const summerTimeMs = 2 * 60 * 60 * 1_000;

function rangeOf({ from, to, days }: UsageQuery, timeZone: string, now: Date): Period {
  // Half-open, and what was used at this very instant is of the month so far.
  const endsAt = to === undefined ? now.getTime() + 1 : instantOf(to, timeZone);
  if (from !== undefined && days !== undefined) refuse("days", "Give this or from.");
  const startsAt =
    from !== undefined
      ? instantOf(from, timeZone)
      : days !== undefined
        ? startOfDays(timeZone, days, endsAt - 1)
        : startOfMonth(timeZone, endsAt - 1);
  if (startsAt >= endsAt) refuse("to", "Must be after from.");
  if (endsAt - startsAt > maxRangeMs + summerTimeMs) refuse("from", "Must be at most 400 days before to.");
  return { startsAt, endsAt };
}

function instantOf(given: InstantOrDay, timeZone: string): number {
  return "day" in given ? startOfDay(given.day, timeZone) : given.instant.getTime();
}

function refuse(path: string, message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path, message }] });
}

/** A chart of more points shows nobody anything, and an answer of some megabytes is still one. */
const maxRows = 10_000;

function refuseTooManyRows(tally: UsageTally): void {
  if (usageRowCount(tally) <= maxRows) return;
  const hint = "Choose a larger window, a shorter range, or fewer properties in group_by.";
  refuse("window", `The answer would have more than 10,000 rows. ${hint}`);
}

/** Some megabytes at most of everyday events. */
const pageLength = 1_000;

async function readEvents(db: Queryable, key: CustomerKey, meter: Meter, tally: UsageTally): Promise<void> {
  const { range } = tally.question;
  const wanted = { eventName: meter.eventName, from: new Date(range.startsAt), to: new Date(range.endsAt) };
  let page: UsedEvent[] = [];
  do {
    page = await findUsedEvents(db, key, wanted, page.at(-1) ?? null, pageLength);
    for (const row of page) {
      const properties = parseStoredJson(row.properties) as Properties;
      const event = { eventName: meter.eventName, timestamp: row.occurred_at.getTime(), properties };
      addUsage(tally, event, row.charges.filter(({ meter_code }) => meter_code === meter.code).map(toAmount));
    }
    refuseTooManyRows(tally);
  } while (page.length === pageLength);
}

function toAmount({ account_type, code, amount }: StoredCharge) {
  return { denomination: { accountType: account_type, code }, amount: decimal(amount) };
}
