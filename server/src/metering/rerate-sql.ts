import { readCounterState, type CounterState } from "../../../core/counter.ts";
import type { CounterId } from "../../../core/rating.ts";
import type { CustomerKey } from "../customers/customers.ts";
import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import { toCounterId, type CounterIdRow, type CounterRow } from "./counter-sql.ts";
import type { StoredCharge } from "./sql.ts";

/** One thing that happened to a customer's counters: an event was recorded, or taken out again, or a level lasted on or ended. */
export type HistoryRow = {
  type: "usage" | "void" | "opening" | "ending";
  /** Of an event; of what a level did, its own. */
  event_id: string;
  event_name: string;
  occurred_at: Date;
  recorded_at: Date;
  /** JSON text: its numbers must not pass through a double on their way. */
  properties: string;
  charges: StoredCharge[];
  /** What taking it out changed; of a void alone. */
  void_charges: StoredCharge[] | null;
  /** Of what a level did: the subscription, and the period that ended or that it ended in. */
  subscription_id: string | null;
  period_start: Date | null;
  period_end: Date | null;
};

const pageLength = 1_000;

/**
 * The customer's history in the order in which it was recorded, page by page. Guarantee: sorted once however long it is, and as of
 * the transaction's snapshot; a cursor of the transaction holds the place.
 */
export async function* readHistory(tx: Transaction, key: CustomerKey): AsyncGenerator<HistoryRow[]> {
  const columns = sql`event_id, event_name, occurred_at, recorded_at, properties::text as properties, charges, void_charges,
    null::text as subscription_id, null::timestamptz as period_start, null::timestamptz as period_end`;
  const own = sql`tenant_id = ${key.tenantId} and bucket = ${key.bucket} and customer_id = ${key.customerId}`;
  await tx.query(
    sql`declare history no scroll cursor for
        select 'usage' as type, position, ${columns} from events where ${own}
        union all
        select 'void' as type, voided_position as position, ${columns} from events where ${own} and voided_at is not null
        union all
        select type, position, level_move_id, '', occurred_at, recorded_at, '{}', charges, null, subscription_id, period_start, period_end
        from level_moves where ${own}
        order by position`,
  );
  for (;;) {
    const page = await tx.query<HistoryRow>({ text: `fetch ${pageLength} from history`, values: [] });
    yield page;
    if (page.length < pageLength) break;
  }
  await tx.query(sql`close history`);
}

/** Every counter of the customer. */
export async function findAllCounters(
  db: Queryable,
  key: CustomerKey,
): Promise<{ counter: CounterId; state: CounterState }[]> {
  const found = await db.query<CounterRow>(
    sql`select subscription_id, price_code, period_start, window_start_ms, dimension, quantity, event_count, accrued, memory
        from counters
        where tenant_id = ${key.tenantId} and bucket = ${key.bucket} and customer_id = ${key.customerId}`,
  );
  return found.map((row) => ({ counter: toCounterId(row), state: readCounterState(row) }));
}

/** Every value that a counter of the customer remembers, and how many events have brought it. */
export async function findAllValues(
  db: Queryable,
  key: CustomerKey,
): Promise<{ counter: CounterId; value: string; times: number }[]> {
  const found = await db.query<CounterIdRow & { value: string; times: number }>(
    sql`select subscription_id, price_code, period_start, window_start_ms, dimension, value, times from counter_values
        where tenant_id = ${key.tenantId} and bucket = ${key.bucket} and customer_id = ${key.customerId}`,
  );
  return found.map((row) => ({ counter: toCounterId(row), value: row.value, times: row.times }));
}
