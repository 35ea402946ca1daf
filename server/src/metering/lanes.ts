import type { Logger } from "pino";
import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { customerKeyOf, type CustomerKey } from "../customers/customers.ts";
import type { Clock } from "../platform/clock.ts";
import { isMistaken, isUnavailable, type Database } from "../platform/db.ts";
import { Gathered } from "../platform/gathered.ts";
import type { Metrics } from "../platform/metrics.ts";
import { withinTime } from "../platform/within-time.ts";
import { workBatch, workRemembered, type BatchEvent, type BatchResult } from "./batch.ts";
import { FairQueue, type Waiting } from "./fair-queue.ts";
import { createLaneMetrics, type LaneMetrics } from "./lane-metrics.ts";
import { QueueWorker } from "./queue-worker.ts";
import { CustomerMemory } from "./memory.ts";
import type { CatchUp } from "./metering.ts";
import { resolveReferences, type CustomerReference } from "./references.ts";

export type LaneSettings = {
  /** How many batches are worked at the same time, each over a connection of its own. More than two make batches smaller, not faster. */
  lanes: number;
  /** How many events wait in memory at most; beyond it the caller is sent away to come back later. */
  maxWaiting: number;
  /** After how long a caller is told that the service cannot answer, when the database does not. */
  timeoutMs: number;
  /** Compares what is remembered of customers with what the database has. For tests: it costs what remembering saves. */
  checksMemory?: boolean;
};

export const defaultLaneSettings: LaneSettings = { lanes: 2, maxWaiting: 10_000, timeoutMs: 10_000 };

export type LanesOptions = {
  database: Database;
  catalog: Catalog;
  catchUp: CatchUp | null;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  settings: LaneSettings;
};

/** A batch takes a few tens of milliseconds: more events in one would be hardly cheaper for each, and hold locks longer. */
const maxBatchEvents = 500;
const maxBatchBytes = 4 * 1024 * 1024;
/** Events are small; this bounds memory where they are not. */
const maxWaitingBytes = 64 * 1024 * 1024;
const maxReferencesAtOnce = 1_000;
/** Each takes one of the ten connections that all other requests share. */
const maxHeldKeys = 4;
/** Where one event was there already or one customer was changed by another process, more will be: to find out by failing costs a batch twice. */
const sureBatches = 20;
/** How soon events that a crashed process has left in the queue are taken up by another. */
const pollMs = 1_000;

type LaneItem = BatchEvent & Waiting & { settle(result: BatchResult): void };
type Submission = BatchEvent & { bytes: number };

/**
 * The way of every event into the database: many at a time, committed together. A customer's events always go through the
 * same lane, in order of arrival. A lane works one batch after another, of whatever waits.
 */
export class Lanes {
  readonly #options: LanesOptions;
  readonly #database: Database;
  readonly #lanes: Lane[];
  readonly #metrics: LaneMetrics;
  readonly #references: Gathered<CustomerReference, CustomerKey | BillingError>;
  /** Idempotency keys of events that wait or are being worked: a second request with one is told so, and not made to wait. */
  readonly #keysInFlight = new Set<string>();
  readonly #heldKeys = new Turns(maxHeldKeys);
  #waiting = { events: 0, bytes: 0 };
  #isClosing = false;
  #poll: NodeJS.Timeout | undefined;

  constructor(options: LanesOptions) {
    const { settings } = options;
    this.#options = options;
    // Connections of their own: requests that hold the others may be waiting for a lane.
    this.#database = options.database.reserve({ maxConnections: settings.lanes, keepsConnections: true, byKey: true });
    this.#metrics = createLaneMetrics(options.metrics, () => this.#waiting.events);
    this.#references = new Gathered((asked) => resolveReferences(options.database, asked), {
      atOnce: maxReferencesAtOnce,
      waiting: defaultLaneSettings.maxWaiting,
      refuse: () => new BillingError("SERVICE_UNAVAILABLE"),
    });
    const memory = new CustomerMemory({ isChecked: settings.checksMemory === true });
    this.#lanes = Array.from(
      { length: settings.lanes },
      (_, index) =>
        new Lane({
          ...options,
          database: this.#database,
          index,
          count: settings.lanes,
          metrics: this.#metrics,
          memory,
        }),
    );
  }

  /** Begins to look for events that are queued in the database. */
  start(): void {
    this.wake();
    this.#poll = setInterval(() => this.wake(), pollMs);
    this.#poll.unref();
  }

  /** Has queued events worked now; for whoever has just queued some. */
  wake(): void {
    if (!this.#isClosing) for (const lane of this.#lanes) lane.wake();
  }

  /** The customer that an event names. @throws CUSTOMER_NOT_FOUND, CUSTOMER_AMBIGUOUS, SERVICE_UNAVAILABLE */
  async resolve(reference: CustomerReference): Promise<CustomerKey> {
    if (reference.customerId !== null) return customerKeyOf(reference.tenantId, reference.customerId);
    const found = await withinTime(this.#references.ask(reference), this.#options.settings.timeoutMs, () => {
      throw new BillingError("SERVICE_UNAVAILABLE");
    });
    if (found instanceof BillingError) throw found;
    return found;
  }

  /**
   * What became of each of `events`, in their order, after the commit; an error where nothing is known of it.
   * @throws SERVICE_UNAVAILABLE, before any of them is taken, if too many wait.
   */
  async ingest(events: Submission[]): Promise<BatchResult[]> {
    this.#refuseBeyondBound(events);
    for (const { idempotent } of events) this.#claimKey(idempotent);
    const results = events.map((event) => this.#enqueue(event));
    // Only now, so that what came together is worked together.
    for (const lane of this.#lanes) lane.run();
    return Promise.all(results);
  }

  /** Runs `work`, which holds a connection of everybody's while it waits for lanes; few at a time. */
  holdKey<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#heldKeys.run(work);
  }

  #refuseBeyondBound(events: Submission[]): void {
    const bytes = events.reduce((sum, event) => sum + event.bytes, 0);
    const isFull =
      this.#waiting.events + events.length > this.#options.settings.maxWaiting ||
      // One that is alone is taken, however large.
      (this.#waiting.events > 0 && this.#waiting.bytes + bytes > maxWaitingBytes);
    if (!isFull && !this.#isClosing) return;
    this.#metrics.turnedAway(events.length);
    throw new BillingError("SERVICE_UNAVAILABLE");
  }

  #claimKey(idempotent: BatchEvent["idempotent"]): void {
    if (idempotent === null) return;
    const name = nameOfKey(idempotent);
    if (this.#keysInFlight.has(name)) throw new BillingError("IDEMPOTENCY_KEY_IN_FLIGHT");
    this.#keysInFlight.add(name);
  }

  #enqueue({ event, idempotent, bytes }: Submission): Promise<BatchResult> {
    return new Promise((resolve) => {
      const item: LaneItem = {
        event,
        idempotent,
        bytes,
        tenantId: event.key.tenantId,
        isAbandoned: false,
        drop: () => item.settle(unavailable()),
        settle: (result) => {
          clearTimeout(timer);
          if (idempotent !== null) this.#keysInFlight.delete(nameOfKey(idempotent));
          this.#waiting.events -= 1;
          this.#waiting.bytes -= bytes;
          this.#metrics.settled(result);
          resolve(result);
        },
      };
      const timer = setTimeout(() => {
        // What is being worked goes on, and its key and its place stay taken until its end is known.
        item.isAbandoned = true;
        resolve(unavailable());
      }, this.#options.settings.timeoutMs);
      this.#waiting.events += 1;
      this.#waiting.bytes += bytes;
      this.#lanes[event.key.bucket % this.#lanes.length]?.push(item);
    });
  }

  /** Works what waits in memory, takes no more, and lets the connections go. What is queued in the database stays there. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#poll);
    await Promise.all(this.#lanes.map((lane) => lane.close()));
    await this.#database.close();
  }
}

const unavailable = (): BatchResult => ({ kind: "failed", error: new BillingError("SERVICE_UNAVAILABLE") });

function nameOfKey({ request }: NonNullable<BatchEvent["idempotent"]>): string {
  return `${request.tenantId}:${request.key}`;
}

type LaneOptions = Omit<LanesOptions, "metrics"> & {
  index: number;
  count: number;
  metrics: LaneMetrics;
  memory: CustomerMemory;
};

class Lane {
  readonly #options: LaneOptions;
  readonly #waiting = new FairQueue<LaneItem>();
  readonly #queued: QueueWorker;
  #running: Promise<void> | null = null;
  /** How many batches are still to be worked without taking anything for granted. */
  #sureBatches = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#queued = new QueueWorker(options);
  }

  push(item: LaneItem): void {
    this.#waiting.push(item);
  }

  wake(): void {
    this.#queued.wake();
    this.run();
  }

  run(): void {
    if (this.#waiting.length === 0 && !this.#queued.hasWork) return;
    this.#running ??= this.#work().finally(() => {
      this.#running = null;
      // Something may have come between the last look and now.
      this.run();
    });
  }

  async close(): Promise<void> {
    this.#queued.stop();
    while (this.#running !== null) await this.#running;
  }

  /** In turns: a batch of those whose callers wait, and one of those that are queued in the database. */
  async #work(): Promise<void> {
    while (this.#waiting.length > 0 || this.#queued.hasWork) {
      const items = this.#waiting.take(maxBatchEvents, maxBatchBytes);
      if (items.length > 0) await this.#commitInHalves(items);
      if (this.#queued.hasWork) await this.#queued.workOneBatch();
    }
  }

  /** A batch that fails is worked again in halves, in order, so that in the end only what fails by itself has failed. */
  async #commitInHalves(items: LaneItem[]): Promise<void> {
    try {
      const results = await this.#commit(items);
      for (const [index, item] of items.entries()) item.settle(results[index] as BatchResult);
    } catch (error) {
      if (items.length > 1 && !isUnavailable(error)) {
        const half = Math.ceil(items.length / 2);
        await this.#commitInHalves(items.slice(0, half));
        await this.#commitInHalves(items.slice(half));
        return;
      }
      if (!(error instanceof BillingError))
        this.#options.log.error({ err: error, events: items.length }, "a batch failed");
      for (const item of items) item.settle({ kind: "failed", error: error as Error });
    }
  }

  async #commit(items: LaneItem[]): Promise<BatchResult[]> {
    const { database, catalog, catchUp, clock, settings, metrics, memory } = this.#options;
    const done = metrics.batch(items.length);
    const work = (isSure: boolean) =>
      database.transaction(
        async (tx) => {
          const now = clock.now();
          const results = isSure ? null : await workRemembered(tx, catalog, items, now, memory);
          return results ?? workBatch(tx, catalog, items, now, catchUp, memory);
        },
        { timeoutMs: settings.timeoutMs },
      );
    const isSure = this.#sureBatches > 0;
    if (isSure) this.#sureBatches -= 1;
    const results = await work(isSure).catch((error: unknown) => {
      if (isSure || !isMistaken(error)) throw error;
      this.#sureBatches = sureBatches;
      return work(true);
    });
    done();
    return results;
  }
}

/** Lets at most so many work at a time; the others wait, in order. */
class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}
