/** What of a wallet is reserved by holds, without a look at them as long as none has expired. */
import { sum, zero, type Decimal } from "../../../core/decimal.ts";
import type { HoldRow } from "./hold-sql.ts";

export type Held = {
  amount: Decimal;
  /** When the first of the holds expires, in milliseconds; null if there is none. */
  until: number | null;
};

export const nothingHeld: Held = { amount: zero, until: null };

/** Of the open holds of one wallet, those that have not expired at `now`. */
export function heldBy(holds: readonly HoldRow[], now: Date): Held {
  const open = holds.filter(({ expires_at }) => expires_at > now);
  if (open.length === 0) return nothingHeld;
  return {
    amount: sum(open.map(({ amount }) => amount)),
    until: Math.min(...open.map(({ expires_at }) => expires_at.getTime())),
  };
}
