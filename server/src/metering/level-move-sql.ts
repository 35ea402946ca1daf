import type { CustomerKey } from "../customers/customers.ts";
import { sql, type Transaction } from "../platform/db.ts";
import type { StoredCharge } from "./sql.ts";

export type LevelMove = {
  key: CustomerKey;
  id: string;
  subscriptionId: string;
  type: "opening" | "ending";
  period: { startsAt: Date; endsAt: Date };
  occurredAt: Date;
  charges: StoredCharge[];
};

/** Notes what a level did besides what events do, at its place in the order of what was charged. */
export function insertLevelMove(tx: Transaction, move: LevelMove, now: Date): void {
  const { key, id, subscriptionId, type, period, occurredAt, charges } = move;
  tx.send(
    sql`insert into level_moves (tenant_id, bucket, customer_id, level_move_id, subscription_id, type, period_start, period_end, occurred_at,
          position, charges, recorded_at)
        values (${key.tenantId}, ${key.bucket}, ${key.customerId}, ${id}, ${subscriptionId}, ${type}, ${period.startsAt}, ${period.endsAt},
          ${occurredAt}, nextval(pg_get_serial_sequence('events', 'position')), ${JSON.stringify(charges)}, ${now})`,
  );
}
