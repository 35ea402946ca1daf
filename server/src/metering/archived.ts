/** What is said of events that lie in an archive. */
import { BillingError } from "../../../core/errors.ts";
import type { Queryable } from "../platform/db.ts";
import { boundsOf, listArchives, monthOf, nextMonth, type ArchiveRow } from "./archive-sql.ts";

const textOf = ({ month }: ArchiveRow) => month.slice(0, "2026-01".length);

/** The end of the latest archived month: what was recorded before it may lie in a file. Null if nothing does. */
export async function findArchivedBefore(db: Queryable): Promise<Date | null> {
  const latest = (await listArchives(db)).at(-1);
  return latest === undefined ? null : nextMonth(monthOf(textOf(latest)));
}

/** The same as an answer says it. */
export async function presentArchivedBefore(db: Queryable): Promise<{ archived_before: string | null }> {
  return { archived_before: (await findArchivedBefore(db))?.toISOString() ?? null };
}

/** Why there is no event with this id: its month is archived, or there never was one. */
export async function whyNoEvent(db: Queryable, id: string): Promise<BillingError> {
  const archive = (await listArchives(db)).find((each) => {
    const { from, to } = boundsOf(monthOf(textOf(each)));
    return id >= from && id < to;
  });
  if (archive === undefined) return new BillingError("EVENT_NOT_FOUND");
  const message = `Events recorded in ${textOf(archive)} are archived, this one too if there was one. Have \`afternoon events restore ${archive.file}\` bring them back, and try again.`;
  return new BillingError("EVENT_ARCHIVED", { message });
}

export function archivedSince(before: Date): BillingError {
  const message = `Events recorded before ${before.toISOString()} are archived; begin there, or have \`afternoon events restore\` bring them back.`;
  return new BillingError("EVENT_ARCHIVED", { message });
}

/** The latest start of a period that archived events counted in: counters of later periods are made by events that are here. */
export async function findLatestArchivedPeriod(db: Queryable): Promise<Date | null> {
  const starts = (await listArchives(db)).flatMap(({ latest_period_start: start }) => (start === null ? [] : [start]));
  return starts.length === 0 ? null : new Date(Math.max(...starts.map((start) => start.getTime())));
}
