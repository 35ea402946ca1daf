import { sql, type Queryable, type Sql } from "../platform/db.ts";

export type SliceRequest = {
  companyId: string;
  /** Whole minutes since 1970. */
  minute: number;
  limit: number;
  /** Requests that were let through without a slice, to be counted now. */
  debt: number;
  /** Requests that wait. */
  needed: number;
  /** How many to take beside, for requests to come. */
  spare: number;
};

/** How many are for the asker, and how many of this minute are taken now by all. */
export type Slice = { given: number; taken: number };

/**
 * Takes a slice of the company's requests of a minute. Guarantee: what all processes take adds up to the limit at most, in whatever
 * order they come. What is spare is at most an eighth of what is left, so that the last requests are given one by one.
 *
 * The clocks of two servers may be on different sides of a minute's end; who is behind then takes from the new minute, for if it put
 * the minute back, what is taken of the new one would be forgotten.
 */
export async function takeSlice(db: Queryable, request: SliceRequest): Promise<Slice> {
  const { companyId, minute, limit, debt, needed, spare } = request;
  const isCurrent = sql`kept.minute in (excluded.minute, excluded.minute + 1)`;
  const before = sql`(case when ${isCurrent} then kept.taken else 0 end)`;
  const sliceAfter = (taken: Sql) =>
    sql`least(greatest(${limit}::bigint - ${taken} - ${debt}::bigint, 0),
          ${needed}::bigint + least(${spare}::bigint, greatest(${limit}::bigint - ${taken} - ${debt}::bigint - ${needed}::bigint, 0) / 8))`;
  const [row] = await db.query<Slice>(
    sql`insert into rate_limits as kept (company_id, minute, taken, last_slice)
        values (${companyId}, ${minute}::bigint, ${debt}::bigint + ${sliceAfter(sql`0::bigint`)}, ${sliceAfter(sql`0::bigint`)})
        on conflict (company_id) do update
        set minute = case when ${isCurrent} then kept.minute else excluded.minute end,
          taken = ${before} + ${debt}::bigint + ${sliceAfter(before)},
          last_slice = ${sliceAfter(before)}
        returning last_slice as given, taken`,
  );
  return row as Slice;
}

/** Gives back what was taken and not used, each if its minute still lasts. */
export async function returnSlices(
  db: Queryable,
  slices: { companyId: string; minute: number; unused: number }[],
): Promise<void> {
  await db.query(
    sql`update rate_limits
        set taken = greatest(taken - unused, 0)
        from unnest(
          ${slices.map(({ companyId }) => companyId)}::text[],
          ${slices.map(({ minute }) => minute)}::bigint[],
          ${slices.map(({ unused }) => unused)}::bigint[]
        ) as returned (company_id, minute, unused)
        where rate_limits.company_id = returned.company_id and rate_limits.minute = returned.minute`,
  );
}
