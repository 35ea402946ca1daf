import { BillingError } from "../../../core/errors.ts";
import { deleteCustomersOfClock } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { FindTime } from "../http/server.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import type { TestClockFields, TestClockRow } from "./schema.ts";
import * as rows from "./sql.ts";

export { workClocks, type ClockParts } from "./advance.ts";

/** Two years of months are two thousand steps for a customer: seconds. Whoever wants more advances again. */
const mostMs = 2 * 366 * 86_400_000;

/** @throws TEST_MODE_ONLY */
export async function createTestClock(
  tx: Transaction,
  tenant: Tenant,
  fields: TestClockFields,
  now: Date,
): Promise<TestClockRow> {
  if (tenant.mode === "live") throw new BillingError("TEST_MODE_ONLY");
  const row: TestClockRow = {
    tenant_id: tenant.id,
    test_clock_id: createId(now),
    name: fields.name,
    frozen_time: fields.frozen_time,
    moves_from: null,
    moves_to: null,
    failures: [],
    created_at: now,
  };
  await rows.insertClock(tx, row);
  return row;
}

/** @throws TEST_CLOCK_NOT_FOUND */
export async function getTestClock(db: Queryable, tenant: Pick<Tenant, "id">, id: string): Promise<TestClockRow> {
  return (await rows.findClock(db, tenant.id, id)) ?? refuseUnknown();
}

/** What time it is by a clock, for a customer who is going to live by it. @throws TEST_CLOCK_NOT_FOUND, as a refusal of the body */
export async function findClockTime(db: Queryable, tenant: Tenant, id: string): Promise<Date> {
  const clock = await rows.findClock(db, tenant.id, id);
  if (clock === null) throw new BillingError("TEST_CLOCK_NOT_FOUND", { isOfBody: true });
  return clock.frozen_time;
}

export async function listTestClocks(
  db: Queryable,
  tenant: Tenant,
  page: { after: string | null; limit: number },
): Promise<Page<TestClockRow>> {
  const found = await rows.listClocks(db, tenant.id, { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.test_clock_id);
}

/** Sets the clock in motion; a job moves it. @throws TEST_CLOCK_NOT_FOUND, TEST_CLOCK_ADVANCING, VALIDATION_ERROR */
export async function advanceTestClock(tx: Transaction, tenant: Tenant, id: string, to: Date): Promise<TestClockRow> {
  const clock = (await rows.lockClock(tx, tenant.id, id)) ?? refuseUnknown();
  if (clock.moves_to !== null) throw new BillingError("TEST_CLOCK_ADVANCING");
  const ahead = to.getTime() - clock.frozen_time.getTime();
  if (ahead <= 0) refuseTime(`Must be later than ${clock.frozen_time.toISOString()}, which it is now.`);
  if (ahead > mostMs) refuseTime("Must be at most two years ahead; advance in several steps.");
  await rows.setMoving(tx, clock, to);
  return { ...clock, moves_from: clock.frozen_time, moves_to: to, failures: [] };
}

/** Deletes the clock with its customers and everything of theirs. @throws TEST_CLOCK_NOT_FOUND, TEST_CLOCK_ADVANCING */
export async function deleteTestClock(tx: Transaction, tenant: Tenant, id: string, now: Date): Promise<void> {
  const clock = (await rows.lockClock(tx, tenant.id, id)) ?? refuseUnknown();
  if (clock.moves_to !== null) throw new BillingError("TEST_CLOCK_ADVANCING");
  await deleteCustomersOfClock(tx, { tenantId: tenant.id, testClockId: id }, now);
  await rows.deleteClock(tx, tenant.id, id);
}

/**
 * What time it is for the customer that a request is about, by its path or its body; null is real time. While their clock is advancing
 * nothing of theirs may be changed: the caller is told to come back. Events need not be asked about: they are worked under their
 * customer's lock, where the time is read.
 */
export function createTimeFinder(db: Queryable): FindTime {
  return async (tenant, operation, input) => {
    const subject = subjectOf(operation, input);
    const found = subject === null ? null : await rows.findTimeOfOwner(db, tenant.id, subject);
    if (found === null) return null;
    if (found.is_moving && operation.method !== "GET")
      throw new BillingError("SERVICE_UNAVAILABLE", {
        message: "The customer's test clock is advancing; try again when its status is ready.",
      });
    return found.clock_time;
  };
}

type Input = { params: unknown; query: unknown; body: unknown };

function subjectOf({ params }: Parameters<FindTime>[1], input: Input): { notFound: string; id: string } | null {
  const [first] = Object.entries(params);
  if (first !== undefined) {
    const [name, { notFound }] = first;
    return { notFound, id: String((input.params as Record<string, unknown>)[name]) };
  }
  const { customer_id: id } = { ...(input.query as object), ...(input.body as object) } as { customer_id?: unknown };
  return typeof id === "string" ? { notFound: "CUSTOMER_NOT_FOUND", id } : null;
}

function refuseTime(message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path: "frozen_time", message }] });
}

function refuseUnknown(): never {
  throw new BillingError("TEST_CLOCK_NOT_FOUND");
}
