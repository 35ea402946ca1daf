/** Months of events that are over: out of the database into a file, and back. See docs/decisions/0080-archived-events.md. */
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { sql, type Database, type Queryable, type Transaction } from "../platform/db.ts";
import { ArchiveFileError, readArchive, readMonth, writeArchive, type ArchiveSummary } from "./archive-file.ts";
import * as rows from "./archive-sql.ts";
import { firstDayOf, monthOf, monthText, nameOfMonth, nextMonth, type ArchiveRow, type Month } from "./archive-sql.ts";
import { lockMonths } from "./event-months.ts";

export { monthOf } from "./archive-sql.ts";

/** Usage that may still be billed, of a subscription, in periods that begin at `since` or later. */
export type OpenUsage = { customerId: string; subscriptionId: string; since: Date };

/** What has been done of a month; a program that is killed after any of them goes on from there. */
export type ArchiveStep = "written" | "detached" | "verified" | "dropped";
export type RestoreStep = "read" | "loaded" | "attached" | "restored";

export type ArchiveReport = { archived: ArchiveRow[]; refused: { month: string; reason: string } | null };

/**
 * Moves every month before `before` into a file of its own in `folder`, oldest first, up to the first that is still needed. A month's rows are
 * deleted only when its file is on the disk, has been read back, and holds each of them to the byte.
 * `findOpenUsage` tells the oldest usage that may still be billed.
 */
export async function archiveMonths(
  database: Database,
  options: {
    before: Month;
    folder: string;
    now: Date;
    findOpenUsage: (db: Queryable) => Promise<OpenUsage | null>;
    onStep?: (month: string, step: ArchiveStep) => void | Promise<void>;
  },
): Promise<ArchiveReport> {
  const { before, folder, now, findOpenUsage, onStep = () => {} } = options;
  return alone(database, async (work) => {
    const report: ArchiveReport = { archived: [], refused: null };
    for (const { month, isAttached } of await rows.findMonths(work)) {
      if (month >= before) break;
      const refuse = (reason: string) => ({ ...report, refused: { month: monthText(month), reason } });
      if (isAttached) {
        const reason = whyNeeded(month, now, await findOpenUsage(work));
        if (reason !== null) return refuse(reason);
      } else if ((await findArchive(work, month)) === null) {
        const name = nameOfMonth(month);
        return refuse(`its table ${name} was detached by hand; attach it to events again, and it can be archived.`);
      }
      const step = (done: ArchiveStep) => onStep(monthText(month), done);
      report.archived.push(await archiveMonth(work, { month, isAttached, folder, now, step }));
    }
    return report;
  });
}

/** Events are recorded up to an hour before their timestamps, so a period has events of the hour before it. */
const longestAheadMs = 60 * 60 * 1_000;
/** Clocks of servers differ, and batches of the last second may be at work: a month is over for good when it has been for a day. */
const settledMs = 24 * 60 * 60 * 1_000;

function whyNeeded(month: Month, now: Date, open: OpenUsage | null): string | null {
  const endsAt = nextMonth(month).getTime();
  if (now.getTime() < endsAt + settledMs) return "it is not over for a day yet.";
  if (open === null || open.since.getTime() - longestAheadMs >= endsAt) return null;
  return (
    `usage since ${open.since.toISOString()} is not billed for good: of subscription ${open.subscriptionId} of customer ${open.customerId}. ` +
    "Its period is open, or takes late usage, or its invoice is a draft; finalize that, and it can be archived."
  );
}

type ArchiveWork = {
  month: Month;
  isAttached: boolean;
  folder: string;
  now: Date;
  step: (done: ArchiveStep) => void | Promise<void>;
};

async function archiveMonth(
  work: Database,
  { month, isAttached, folder, now, step }: ArchiveWork,
): Promise<ArchiveRow> {
  const file = path.join(folder, `${nameOfMonth(month)}.ndjson.gz`);
  // Before anything is changed: what fails, as on a full disk, leaves all as it was.
  if (isAttached) {
    const written = await writeMonth(work, month, file, now);
    await step("written");
    await detachMonth(work, month, written);
    await step("detached");
  }
  // Nobody writes to the table any more. What was voided or deleted while the file was written is in no file yet.
  if (!(await isInFile(work, nameOfMonth(month), file))) {
    const again = await writeMonth(work, month, file, now);
    await work.transaction(async (tx) => rows.insertArchive(tx, again));
    if (!(await isInFile(work, nameOfMonth(month), file)))
      throw new Error(
        `${file} does not hold what was written to it; nothing is deleted. Look at the disk and run it again.`,
      );
  }
  await step("verified");
  await soon(work, (tx) => rows.run(tx, `drop table ${nameOfMonth(month)}`));
  await step("dropped");
  return (await findArchive(work, month)) as ArchiveRow;
}

async function writeMonth(work: Database, month: Month, file: string, now: Date): Promise<ArchiveRow> {
  let latest: string | null = null;
  async function* pages(): AsyncGenerator<string[]> {
    for await (const page of rows.readRows(work.transaction, nameOfMonth(month))) {
      for (const { latestPeriod } of page)
        if (latestPeriod !== null && (latest === null || latestPeriod > latest)) latest = latestPeriod;
      yield page.map(({ line }) => line);
    }
  }
  const { events, sha256 } = await writeArchive(file, monthText(month), pages());
  return {
    month: firstDayOf(month),
    file: path.basename(file),
    sha256,
    event_count: events,
    latest_period_start: latest === null ? null : new Date(latest),
    archived_at: now,
  };
}

/** Whether the file holds each row of the table and nothing else, to the byte; false also if there is no file or it is damaged. */
async function isInFile(work: Database, table: string, file: string): Promise<boolean> {
  const lines = readArchive(file);
  try {
    for await (const page of rows.readRows(work.transaction, table))
      for (const { line } of page) if ((await lines.next()).value !== line) return false;
    return (await lines.next()).done === true;
  } catch (error) {
    if (error instanceof ArchiveFileError) return false;
    throw error;
  } finally {
    await lines.return(undefined as never);
  }
}

async function detachMonth(work: Database, month: Month, row: ArchiveRow): Promise<void> {
  // Concurrently it cannot be where there is a partition for the rest; without it takes the whole table, for an instant.
  await soon(work, async (tx) => {
    await lockMonths(tx);
    await rows.run(tx, `alter table events detach partition ${nameOfMonth(month)}`);
    rows.insertArchive(tx, row);
  });
}

/**
 * Brings the month of an archive back. Its events are then what they were; those of customers who have been deleted since are left out.
 * @throws Error if the file is damaged, or not the one that the month was archived to, or the month is not archived.
 */
export async function restoreMonth(
  database: Database,
  { file, onStep = () => {} }: { file: string; onStep?: (month: string, step: RestoreStep) => void | Promise<void> },
): Promise<ArchiveSummary> {
  return alone(database, async (work) => {
    const month = monthOf(await readMonth(file));
    const archive = await findArchive(work, month);
    if (archive === null) throw new Error(`${monthText(month)} is not archived: its events are in the database.`);
    const summary = await checkFile(file);
    if (summary.sha256 !== archive.sha256)
      throw new Error(
        `${file} is not the file that ${monthText(month)} was archived to: that has SHA-256 ${archive.sha256}.`,
      );
    const step = (done: RestoreStep) => onStep(monthText(month), done);
    await step("read");
    // An archiving that was cut off has left the table.
    const isLeft = await rows.tableExists(work, nameOfMonth(month));
    const table = isLeft ? nameOfMonth(month) : `loading_${nameOfMonth(month)}`;
    if (!isLeft) await loadMonth(work, month, table, file);
    await limitToMonth(work, table, month);
    await step("loaded");
    await soon(work, async (tx) => {
      await lockMonths(tx);
      if (!isLeft) await rows.run(tx, `alter table ${table} rename to ${nameOfMonth(month)}`);
      await rows.attachMonth(tx, nameOfMonth(month), month);
      await rows.run(tx, `alter table ${nameOfMonth(month)} drop constraint of_month`);
      rows.deleteArchive(tx, archive.month);
    });
    await step("attached");
    // Again: they may have been deleted while it was loaded.
    await work.transaction((tx) => rows.deleteOrphans(tx, nameOfMonth(month)));
    await step("restored");
    return summary;
  });
}

async function checkFile(file: string): Promise<ArchiveSummary> {
  const lines = readArchive(file);
  for (;;) {
    const { done, value } = await lines.next();
    if (done === true) return value;
  }
}

const linesPerInsert = 1_000;

async function loadMonth(work: Database, month: Month, table: string, file: string): Promise<void> {
  await work.transaction(async (tx) => {
    // Of a restore that was cut off.
    await rows.run(tx, `drop table if exists ${table}`);
    await rows.run(
      tx,
      `create table ${table} (like events including defaults including constraints including indexes)`,
    );
  });
  const insert = (lines: string[]) => work.transaction((tx) => rows.insertRows(tx, table, lines));
  let lines: string[] = [];
  for await (const line of readArchive(file)) {
    lines.push(line);
    if (lines.length === linesPerInsert) {
      await insert(lines);
      lines = [];
    }
  }
  await insert(lines);
  if (!(await isInFile(work, table, file)))
    throw new Error(`What was read from ${file} is not what it holds; ${monthText(month)} stays archived.`);
}

/** So that attaching need not read the table, which would keep the rest of the events waiting. */
async function limitToMonth(work: Database, table: string, month: Month): Promise<void> {
  const { from, to } = rows.boundsOf(month);
  await work.transaction(async (tx) => {
    await rows.deleteOrphans(tx, table);
    await rows.run(tx, `alter table ${table} drop constraint if exists of_month`);
    await rows.run(
      tx,
      `alter table ${table} add constraint of_month check (event_id >= '${from}' and event_id < '${to}')`,
    );
  });
}

/** Longer than any step takes: each reads or writes a page, or a table that nobody else uses. */
const statementTimeoutMs = 24 * 60 * 60 * 1_000;

/** Runs `work` while no other archiving or restoring runs on the database. @throws Error if one does. */
async function alone<Result>(database: Database, work: (own: Database) => Promise<Result>): Promise<Result> {
  const own = database.reserve({ maxConnections: 3, statementTimeoutMs });
  try {
    return await own.transaction(async (tx) => {
      await tx.query(sql`set local idle_in_transaction_session_timeout = 0`);
      const [lock] = await tx.query<{ is_mine: boolean }>(
        sql`select pg_try_advisory_xact_lock(hashtext('event archives')) as is_mine`,
      );
      if (lock?.is_mine !== true)
        throw new Error("Events are being archived or restored already; wait until that has ended.");
      return work(own);
    });
  } finally {
    await own.close();
  }
}

/** How long whoever records events may have to wait behind us for the table, at most. */
const lockTimeoutMs = 100;
const pauseMs = 250;
const attempts = 1_200;

/** Runs `work` in a transaction that waits for no lock longer than an instant, again and again for five minutes and more. */
async function soon(database: Database, work: (tx: Transaction) => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction(async (tx) => {
        tx.send({ text: `set local lock_timeout = ${lockTimeoutMs}`, values: [] });
        await work(tx);
      });
    } catch (error) {
      const isBusy = (error as { code?: string }).code === "55P03";
      if (!isBusy) throw error;
      if (attempt === attempts)
        throw new Error(
          "Somebody has been reading events for minutes, such as a backup; run it again when that has ended.",
          {
            cause: error,
          },
        );
    }
    await pause(pauseMs);
  }
}

async function findArchive(db: Queryable, month: Month): Promise<ArchiveRow | null> {
  return (await rows.listArchives(db)).find((each) => each.month === firstDayOf(month)) ?? null;
}
