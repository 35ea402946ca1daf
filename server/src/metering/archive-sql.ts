import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import { firstIdAt } from "../platform/ids.ts";

/** A month of UTC by its first instant. */
export type Month = Date;

export type ArchiveRow = {
  /** `2026-01-01` */
  month: string;
  file: string;
  sha256: string;
  event_count: number;
  latest_period_start: Date | null;
  archived_at: Date;
};

export const nextMonth = (month: Month): Month => new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1));

/** The month of `2026-01`. */
export const monthOf = (text: string): Month => new Date(`${text}-01T00:00:00.000Z`);

/** `2026-01` */
export const monthText = (month: Month): string => month.toISOString().slice(0, 7);

/** `2026-01-01`, as an archive's row says it. */
export const firstDayOf = (month: Month): string => `${monthText(month)}-01`;

/** The name of the partition of a month, such as `events_2026_11`. */
export const nameOfMonth = (month: Month): string => `events_${monthText(month).replace("-", "_")}`;

/** A statement that makes or changes a table takes no parameters: what stands in `text` is our own. */
export async function run(tx: Transaction, text: string): Promise<void> {
  await tx.query({ text, values: [] });
}

/** Reads the catalog's rows: `to_regclass` would answer from a cache, which a wait for another process does not refresh. */
export async function tableExists(db: Queryable, table: string): Promise<boolean> {
  const found = await db.query(
    sql`select relname from pg_class where relname = ${table} and relnamespace = 'public'::regnamespace`,
  );
  return found.length > 0;
}

/** The months that have a table of their own, oldest first, and whether it is still part of `events`. */
export async function findMonths(db: Queryable): Promise<{ month: Month; isAttached: boolean }[]> {
  const found = await db.query<{ name: string; is_attached: boolean }>(
    sql`select relname as name, relispartition as is_attached from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r' and relname ~ '^events_[0-9]{4}_[0-9]{2}$'
        order by relname`,
  );
  return found.map(({ name, is_attached }) => ({
    month: monthOf(`${name.slice(7, 11)}-${name.slice(12)}`),
    isAttached: is_attached,
  }));
}

const pageLength = 1_000;

/** A row of a month: all of it as JSON text, and the latest period that it counted in, if any. */
export type ArchivedRow = { line: string; latestPeriod: string | null };

/**
 * Every row of `table`, in the order of its primary key. The text of a row is the same from every connection and at every time while the row is:
 * `json` comes out as it was stored, and instants with their microseconds in UTC. Page by page through the key, so that no
 * snapshot is held while a file is written for hours.
 */
export async function* readRows(
  transaction: <Result>(work: (tx: Transaction) => Promise<Result>) => Promise<Result>,
  table: string,
): AsyncGenerator<ArchivedRow[]> {
  type Row = ArchivedRow & { bucket: number; customer_id: string; event_id: string };
  let after: Pick<Row, "bucket" | "customer_id" | "event_id"> = { bucket: -1, customer_id: "", event_id: "" };
  for (;;) {
    const page = await transaction(async (tx) => {
      tx.send(sql`set local timezone to utc`);
      return tx.query<Row>({
        text: `select bucket, customer_id, event_id, row_to_json(each)::text as line,
                 (select max(charge->>'period_start') from (
                    select json_array_elements(charges) as charge union all select json_array_elements(void_charges)
                  ) as both_charges) as "latestPeriod"
               from ${table} as each
               where (bucket, customer_id, event_id) > ($1, $2, $3)
               order by bucket, customer_id, event_id
               limit ${pageLength}`,
        values: [after.bucket, after.customer_id, after.event_id],
      });
    });
    if (page.length > 0) yield page;
    if (page.length < pageLength) return;
    after = page.at(-1) as Row;
  }
}

/** The archives, oldest month first. */
export async function listArchives(db: Queryable): Promise<ArchiveRow[]> {
  return db.query<ArchiveRow>(
    sql`select month, file, sha256, event_count, latest_period_start, archived_at from event_archives order by month`,
  );
}

export function insertArchive(tx: Transaction, row: ArchiveRow): void {
  tx.send(
    sql`insert into event_archives (month, file, sha256, event_count, latest_period_start, archived_at)
        values (${row.month}, ${row.file}, ${row.sha256}, ${row.event_count}, ${row.latest_period_start}, ${row.archived_at})
        on conflict (month) do update
        set file = excluded.file, sha256 = excluded.sha256, event_count = excluded.event_count,
          latest_period_start = excluded.latest_period_start`,
  );
}

export function deleteArchive(tx: Transaction, month: string): void {
  tx.send(sql`delete from event_archives where month = ${month}`);
}

/** Puts rows back as they were, each a line that `readRows` has given. */
export async function insertRows(tx: Transaction, table: string, lines: string[]): Promise<void> {
  await tx.query({
    text: `insert into ${table} select (json_populate_record(null::events, line::json)).* from unnest($1::text[]) as line`,
    values: [lines],
  });
}

/** Customers may have been deleted while their events lay in a file: those are not theirs to come back. */
export async function deleteOrphans(tx: Transaction, table: string): Promise<void> {
  await run(
    tx,
    `delete from ${table} as orphan where not exists (
       select from customers where customers.bucket = orphan.bucket and customers.customer_id = orphan.customer_id)`,
  );
}

/** The bounds of a month's partition, as ids. */
export function boundsOf(month: Month): { from: string; to: string } {
  return { from: firstIdAt(month), to: firstIdAt(nextMonth(month)) };
}

/**
 * Makes `table` the partition of `month`. What the month's events were before, or what a test's clock has recorded in it meanwhile, lies in the rest
 * and moves with it. The caller has filled it only with events of the month.
 */
export async function attachMonth(tx: Transaction, table: string, month: Month): Promise<void> {
  const { from, to } = boundsOf(month);
  // Nobody may add any meanwhile.
  await run(tx, "lock table events_rest in access exclusive mode");
  await run(
    tx,
    `with moved as (delete from events_rest where event_id >= '${from}' and event_id < '${to}' returning *)
     insert into ${table} select * from moved`,
  );
  await run(tx, `alter table events attach partition ${table} for values from ('${from}') to ('${to}')`);
}
