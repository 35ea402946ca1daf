/** Moving clocks: to each instant at which something falls due, in the order of time, and doing it there. */
import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { setClockTime } from "../customers/customers.ts";
import { collectInvoice, settlePayment, settleRefund, settleSetup, type Collecting } from "../payments/payments.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/db.ts";
import { billCustomer } from "../renewals/renewals.ts";
import { makeTopUpsOf } from "../top-ups/top-ups.ts";
import { settleCustomer } from "../wallets/wallets.ts";
import type { ClockFailure, TestClockRow } from "./schema.ts";
import * as rows from "./sql.ts";
import type { DueWork } from "./sql.ts";

/** What moving works through. */
export type ClockParts = { database: Database; clock: Clock; catalog: Catalog; collecting: Collecting };

/** Longer than any step takes; a process that is killed holds a clock up for so long. */
const takenMs = 30_000;
const workAtATime = 200;
/** Work that is still due after so many tries at one instant would be for ever. */
const mostTries = 20;

/**
 * Moves every clock that is going somewhere, and does what has become due at the time of those that stand. Safe to run in several processes:
 * each clock is moved by one. A clock on whose way something breaks that is nobody's fault stays where it is, and is tried again.
 */
export async function workClocks(parts: ClockParts): Promise<{ clockId: string; error: unknown }[]> {
  const failures: { clockId: string; error: unknown }[] = [];
  for (const clock of await rows.findClocksToWork(parts.database)) {
    const now = parts.clock.now();
    const until = new Date(now.getTime() + takenMs);
    const taken = await rows.takeClock(parts.database, clock, { now, until, isAgain: false });
    if (taken === null) continue;
    try {
      await workClock(parts, taken);
    } catch (error) {
      failures.push({ clockId: clock.test_clock_id, error });
    }
    await rows.releaseClock(parts.database, taken);
  }
  return failures;
}

async function workClock(parts: ClockParts, clock: TestClockRow): Promise<void> {
  const { database } = parts;
  const target = clock.moves_to ?? clock.frozen_time;
  const failures: ClockFailure[] = clock.failures;
  const tries = new Map<string, number>();
  let at = clock.frozen_time;
  for (;;) {
    const without = failures.map(({ customer_id }) => customer_id);
    const due = await rows.findDueWork(database, clock, { by: target, limit: workAtATime, without });
    const [first] = due;
    if (first === undefined) break;
    at = new Date(Math.max(at.getTime(), first.at.getTime()));
    await moveTo(parts, clock, { at, hasArrived: false, failures });
    for (const work of due.filter((each) => each.at <= at)) {
      const failure = await tryWork(parts, work, at, tries);
      if (failure !== null) failures.push({ customer_id: work.customerId, message: failure });
    }
    const now = parts.clock.now();
    await rows.takeClock(database, clock, { now, until: new Date(now.getTime() + takenMs), isAgain: true });
  }
  await moveTo(parts, clock, { at: target, hasArrived: true, failures });
}

async function moveTo(
  { database }: ClockParts,
  clock: TestClockRow,
  of: { at: Date; hasArrived: boolean; failures: ClockFailure[] },
): Promise<void> {
  await database.transaction(async (tx) => {
    await rows.moveClock(tx, clock, of);
    await setClockTime(tx, { tenantId: clock.tenant_id, testClockId: clock.test_clock_id, time: of.at });
  });
}

/** Does it; returns why it could not be done, null if it could. */
async function tryWork(parts: ClockParts, work: DueWork, at: Date, tries: Map<string, number>): Promise<string | null> {
  const name = `${work.kind} ${work.customerId} ${work.id} ${at.getTime()}`;
  const count = (tries.get(name) ?? 0) + 1;
  tries.set(name, count);
  if (count > mostTries) return `The ${work.kind} that is due at ${at.toISOString()} does not come to an end.`;
  try {
    await doWork(parts, work, at);
    return null;
  } catch (error) {
    if (error instanceof BillingError) return error.message;
    throw error;
  }
}

async function doWork({ database, catalog, collecting }: ClockParts, work: DueWork, at: Date): Promise<void> {
  const { kind, id, tenantId, bucket, customerId } = work;
  const key = { tenantId, bucket, customerId };
  switch (kind) {
    case "billing":
      return billCustomer(database, catalog, key, at);
    case "wallet":
      return settleCustomer(database, key, at);
    case "top_up":
      return makeTopUpsOf(database, key, at);
    case "invoice":
      return collectInvoice(database, collecting, { ...key, invoiceId: id }, at);
    case "payment":
      return settlePayment(database, collecting, { ...key, id }, at);
    case "refund":
      return settleRefund(database, collecting, { ...key, id }, at);
    case "setup":
      await settleSetup(database, collecting, { ...key, id }, at);
      return;
    default:
      return kind satisfies never;
  }
}
