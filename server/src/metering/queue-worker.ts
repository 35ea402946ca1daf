import type { Logger } from "pino";
import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Clock } from "../platform/clock.ts";
import { isUnavailable, type Database } from "../platform/db.ts";
import { bucketCount } from "../platform/ids.ts";
import type { LaneMetrics } from "./lane-metrics.ts";
import type { LaneSettings } from "./lanes.ts";
import type { CatchUp } from "./metering.ts";
import { rejectQueued, workQueued } from "./queue.ts";
import { claimQueued, findWaitingTenants, type QueuedEvent } from "./queue-sql.ts";

export type QueueWorkerOptions = {
  /** The lane's own connections. */
  database: Database;
  catalog: Catalog;
  catchUp: CatchUp | null;
  clock: Clock;
  log: Logger;
  settings: LaneSettings;
  metrics: LaneMetrics;
  /** Which lane this is, and of how many. */
  index: number;
  count: number;
};

/** Smaller than a batch of those who wait for an answer: it is in their way. */
const maxQueuedEvents = 250;
const maxQueuedBytes = 4 * 1024 * 1024;

/** Works a lane's share of the queued events, a batch of one tenant at a time, the tenants in turn. */
export class QueueWorker {
  readonly #options: QueueWorkerOptions;
  readonly #buckets: number[];
  /** Tenants that are still to have their turn. */
  #turns: number[] = [];
  #hasWorkedThisRound = false;
  /** Of tenants whose batches fail: how many events are tried at once, fewer and fewer until the one at fault stands alone. */
  readonly #limits = new Map<number, number>();
  #wakes = 0;
  #wakesSeen = 0;
  #isStopped = false;

  constructor(options: QueueWorkerOptions) {
    this.#options = options;
    this.#buckets = Array.from({ length: bucketCount }, (_, bucket) => bucket).filter(
      (bucket) => bucket % options.count === options.index,
    );
  }

  /** Whether there may be something to work. */
  get hasWork(): boolean {
    return !this.#isStopped && (this.#wakes > this.#wakesSeen || this.#turns.length > 0 || this.#hasWorkedThisRound);
  }

  wake(): void {
    this.#wakes += 1;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Never throws: what cannot be worked now is there at the next wake. */
  async workOneBatch(): Promise<void> {
    try {
      if (this.#turns.length === 0) await this.#beginRound();
      const tenantId = this.#turns.shift();
      if (tenantId === undefined) return;
      const hasWorked = await this.#workTenant(tenantId);
      this.#hasWorkedThisRound ||= hasWorked;
    } catch (error) {
      this.#options.log.error({ err: error }, "queued events could not be worked; trying again");
      this.#turns = [];
      this.#hasWorkedThisRound = false;
    }
  }

  async #beginRound(): Promise<void> {
    this.#hasWorkedThisRound = false;
    // Counted before the look: what is queued during it may not be seen.
    this.#wakesSeen = this.#wakes;
    this.#turns = await findWaitingTenants(this.#options.database, this.#buckets);
  }

  /** Returns whether there was anything that no other process is working. */
  async #workTenant(tenantId: number): Promise<boolean> {
    const { database, catalog, catchUp, clock, settings, metrics, log } = this.#options;
    let claimed: QueuedEvent[] = [];
    try {
      const outcomes = await database.transaction(
        async (tx) => {
          claimed = await claimQueued(tx, {
            tenantId,
            buckets: this.#buckets,
            limit: this.#limits.get(tenantId) ?? maxQueuedEvents,
            maxBytes: maxQueuedBytes,
          });
          return workQueued(tx, catalog, claimed, clock.now(), catchUp);
        },
        { timeoutMs: settings.timeoutMs },
      );
      for (const outcome of outcomes) metrics.queued(outcome.status, 1);
      this.#setLimit(tenantId, (this.#limits.get(tenantId) ?? maxQueuedEvents) * 2);
      return claimed.length > 0;
    } catch (error) {
      const [only] = claimed;
      if (isUnavailable(error) || only === undefined) throw error;
      if (claimed.length === 1) {
        log.error({ err: error, tenantId }, "a queued event cannot be worked; it is kept among the rejected events");
        await database.transaction((tx) =>
          rejectQueued(tx, only, new BillingError("INTERNAL_ERROR", { cause: error }), clock.now()),
        );
        metrics.queued("failed", 1);
      } else this.#setLimit(tenantId, Math.floor(claimed.length / 2));
      return true;
    }
  }

  #setLimit(tenantId: number, limit: number): void {
    if (limit >= maxQueuedEvents) this.#limits.delete(tenantId);
    else this.#limits.set(tenantId, limit);
  }
}
