/** What is looked for as a wallet moves: balances that get low, and a top-up that falls due. */
import { decimal, type Decimal } from "../../../core/decimal.ts";
import { watchBalance } from "../../../core/top-up.ts";
import type { StoredAlert, WatchRow } from "./sql.ts";

export type BalanceAlert = { id: string; threshold: Decimal; isLow: boolean; createdAt: Date };

export type Watch = {
  alerts: BalanceAlert[];
  /** The threshold of the wallet's top-up rule while that is ready. */
  topUpBelow: Decimal | null;
  /** When to look whether a top-up is due. */
  topUpDueAt: Date | null;
};

/** That of nearly every wallet: known by identity, so that such a wallet costs nothing. */
export const unwatched: Watch = { alerts: [], topUpBelow: null, topUpDueAt: null };

export type Sighting = { alert: BalanceAlert; type: "balance.low" | "balance.recovered" };

/**
 * The watch after so much is available, and what is to be told of it. A top-up that is due stays so until somebody has looked; while
 * that waits for a limit to count anew, what is used meanwhile does not ask again.
 */
export function lookAt(watch: Watch, available: Decimal, now: Date): { watch: Watch; sightings: Sighting[] } {
  const sightings: Sighting[] = [];
  const alerts = watch.alerts.map((each) => {
    const { isLow, alert } = watchBalance(each.isLow, { available, threshold: each.threshold });
    if (alert === null) return each;
    const told = { ...each, isLow };
    sightings.push({ alert: told, type: `balance.${alert}` });
    return told;
  });
  const isShort = watch.topUpBelow !== null && available.isLessThan(watch.topUpBelow);
  const isNewlyDue = isShort && watch.topUpDueAt === null;
  if (sightings.length === 0 && !isNewlyDue) return { watch, sightings };
  return { watch: { ...watch, alerts, topUpDueAt: isNewlyDue ? now : watch.topUpDueAt }, sightings };
}

export function toWatch({ alerts, top_up_below, top_up_due_at }: WatchRow): Watch {
  if (alerts === null && top_up_below === null && top_up_due_at === null) return unwatched;
  return { alerts: (alerts ?? []).map(toAlert), topUpBelow: top_up_below, topUpDueAt: top_up_due_at };
}

export function toWatchRow({ alerts, topUpBelow, topUpDueAt }: Watch): WatchRow {
  const stored = alerts.map(toStored);
  return { alerts: stored.length === 0 ? null : stored, top_up_below: topUpBelow, top_up_due_at: topUpDueAt };
}

function toAlert({ id, threshold, is_low, created_at }: StoredAlert): BalanceAlert {
  return { id, threshold: decimal(threshold), isLow: is_low, createdAt: new Date(created_at) };
}

function toStored({ id, threshold, isLow, createdAt }: BalanceAlert): StoredAlert {
  return { id, threshold: threshold.toString(), is_low: isLow, created_at: createdAt.toISOString() };
}
