import { sql, type Database, type Transaction } from "../platform/db.ts";
import { attachMonth, nameOfMonth, run, tableExists } from "./archive-sql.ts";

/** How many months stand ready, this one included: a server that is down for weeks must not find its month missing. */
const monthsReady = 3;

/**
 * Makes the partition of `events` for the month of `now` and for those after it, where they are missing. An event belongs to the
 * month in which its id was made, in UTC. May run in several processes at once.
 */
export async function ensureEventMonths(database: Database, now: Date): Promise<void> {
  for (let ahead = 0; ahead < monthsReady; ahead++) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead));
    await database.transaction((tx) => ensureMonth(tx, month));
  }
}

async function ensureMonth(tx: Transaction, month: Date): Promise<void> {
  const name = nameOfMonth(month);
  await lockMonths(tx);
  if (await tableExists(tx, name)) return;
  await run(tx, `create table ${name} (like events including defaults including constraints)`);
  await attachMonth(tx, name, month);
}

/** Until the end of the transaction nobody else makes, detaches or attaches a month. */
export async function lockMonths(tx: Transaction): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(hashtext('event months'))`);
}
