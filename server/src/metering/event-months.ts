import { sql, type Database, type Transaction } from "../platform/db.ts";
import { firstIdAt } from "../platform/ids.ts";

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

/** The name of the partition of a month, such as `events_2026_11`. */
function nameOfMonth(month: Date): string {
  return `events_${month.getUTCFullYear()}_${String(month.getUTCMonth() + 1).padStart(2, "0")}`;
}

async function ensureMonth(tx: Transaction, month: Date): Promise<void> {
  const name = nameOfMonth(month);
  await tx.query(sql`select pg_advisory_xact_lock(hashtext('event months'))`);
  if (await exists(tx, name)) return;
  const next = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));
  const [from, to] = [firstIdAt(month), firstIdAt(next)];
  // A clock of the test mode may have been in this month before: its events lie in the rest, and nobody may add any meanwhile.
  await run(tx, "lock table events_rest in access exclusive mode");
  await run(tx, `create table ${name} (like events including defaults including constraints)`);
  await run(
    tx,
    `with moved as (delete from events_rest where event_id >= '${from}' and event_id < '${to}' returning *)
     insert into ${name} select * from moved`,
  );
  await run(tx, `alter table events attach partition ${name} for values from ('${from}') to ('${to}')`);
}

/** Reads the catalog's rows: `to_regclass` would answer from a cache, which a wait for another process does not refresh. */
async function exists(tx: Transaction, table: string): Promise<boolean> {
  const found = await tx.query(
    sql`select relname from pg_class where relname = ${table} and relnamespace = 'public'::regnamespace`,
  );
  return found.length > 0;
}

/** A statement that makes a table takes no parameters: what stands in `text` is our own. */
async function run(tx: Transaction, text: string): Promise<void> {
  await tx.query({ text, values: [] });
}
