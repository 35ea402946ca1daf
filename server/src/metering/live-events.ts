import { Readable } from "node:stream";
import type { Logger } from "pino";
import { BillingError } from "../../../core/errors.ts";
import { customerKey, findClockCustomers } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { writeJson } from "../http/json.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/db.ts";
import { firstIdAt } from "../platform/ids.ts";
import { presentEvent } from "./event-schema.ts";
import { findNewestEvents, findNewestOfEach, readEvents, type EventPlace, type LiveFilter } from "./event-sql.ts";

const pauseMs = 1_000;
/** An event is seen as its batch commits, at most ten seconds after its id was made (its lane is cut off then); and clocks of servers differ. */
const overlapMs = 15_000;
/** Beyond this within a second nobody can read along; what is left out is said. */
const mostAtATime = 500;
const mostBytesAtATime = 1_024 * 1_024;
/** Of what was recorded in the time that is looked at again and again. Where there is more, what commits latest may be missed. */
const mostLookedAt = 2_000;
const mostListeners = 20;
/** Proxies end a connection on which nothing comes for about a minute. */
const looksPerHeartbeat = 15;
/** Whoever does not take what they are sent is let go, before it fills the memory. */
const mostUnreadBytes = mostBytesAtATime;
/** Who comes back within this time is sent what was missed; who comes later is told. */
const longestAwayMs = 60_000;
/** Each of them is looked for on its own, and a simulation may have thousands. */
const mostClockCustomers = 500;

export type Listening = {
  tenant: Tenant;
  customerId: string | null;
  eventName: string | null;
  property: LiveFilter["property"];
  /** The id of the last message that the listener has had, where it comes back. */
  lastEventId: string | null;
  /** Whether its key or session is still good. */
  isStillAdmitted(): Promise<boolean>;
};

type Listener = Pick<Listening, "isStillAdmitted"> & {
  stream: Readable;
  /** Told once when a look has been made since it came: what is new from then on is sent. Null afterwards. */
  onJoined: ((error: BillingError | null) => void) | null;
};

type Feed = {
  name: string;
  tenant: Tenant;
  customerId: string | null;
  filter: LiveFilter;
  listeners: Set<Listener>;
  /** What the last look found: anything else is new. Null before the first. */
  seen: Set<string> | null;
  /** What time it was for customers who live by a test clock, as of the last look. */
  clockTimes: Map<string, Date>;
  looks: number;
  isFollowed: boolean;
  /** Ends the pause between two looks; null before the first. */
  wake: (() => void) | null;
};

/**
 * Events as they are recorded, by whichever process, for those who listen. The new rows are looked for once a second for each thing that is
 * listened to, however many listen to it; while nobody does, nothing is done.
 */
export class LiveEvents {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #feeds = new Map<string, Feed>();
  #isClosed = false;

  constructor({ database, clock, log }: { database: Database; clock: Clock; log: Logger }) {
    this.#database = database;
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * A stream of server-sent events, until the listener leaves or may listen no more: what is recorded from now on, and, for who comes
   * back, what was since they left. @throws TOO_MANY_STREAMS, SERVICE_UNAVAILABLE
   */
  async listen({ lastEventId, isStillAdmitted, ...wanted }: Listening): Promise<Readable> {
    if (this.#isClosed) throw new BillingError("SERVICE_UNAVAILABLE");
    const ofTenant = [...this.#feeds.values()].filter((feed) => feed.tenant.id === wanted.tenant.id);
    const count = ofTenant.reduce((sum, { listeners }) => sum + listeners.size, 0);
    if (count >= mostListeners) throw new BillingError("TOO_MANY_STREAMS");
    const stream = new Readable({ read: () => undefined });
    const feed = this.#feedOf(wanted);
    const listener: Listener = { stream, isStillAdmitted, onJoined: null };
    stream.once("close", () => feed.listeners.delete(listener));
    try {
      await this.#join(feed, listener);
      stream.push(": events as they are recorded\n\n");
      if (lastEventId !== null) await this.#catchUp(feed, listener, lastEventId);
    } catch (error) {
      stream.destroy();
      throw error;
    }
    return stream;
  }

  /** How many different things are listened to. */
  get openFeeds(): number {
    return this.#feeds.size;
  }

  /** Ends every stream; that of who has not taken what was sent, at once. */
  close(): void {
    this.#isClosed = true;
    for (const feed of this.#feeds.values()) {
      for (const listener of feed.listeners) {
        listener.onJoined?.(new BillingError("SERVICE_UNAVAILABLE"));
        if (listener.stream.readableLength > 0) listener.stream.destroy();
        else end(feed, listener);
      }
      feed.wake?.();
    }
  }

  #feedOf({ tenant, customerId, eventName, property }: Omit<Listening, "lastEventId" | "isStillAdmitted">): Feed {
    const name = JSON.stringify([tenant.id, customerId, eventName, property]);
    const open = this.#feeds.get(name);
    if (open !== undefined) return open;
    const filter = { customer: customerId === null ? null : customerKey(tenant, customerId), eventName, property };
    const feed: Feed = {
      name,
      tenant,
      customerId,
      filter,
      listeners: new Set(),
      seen: null,
      clockTimes: new Map(),
      looks: 0,
      isFollowed: false,
      wake: null,
    };
    this.#feeds.set(name, feed);
    return feed;
  }

  async #join(feed: Feed, listener: Listener): Promise<void> {
    feed.listeners.add(listener);
    const joined = new Promise<void>((resolve, reject) => {
      listener.onJoined = (error) => {
        listener.onJoined = null;
        if (error === null) resolve();
        else reject(error);
      };
    });
    if (feed.isFollowed) feed.wake?.();
    else void this.#follow(feed);
    await joined;
  }

  async #follow(feed: Feed): Promise<void> {
    feed.isFollowed = true;
    while (feed.listeners.size > 0 && !this.#isClosed) {
      await this.#look(feed);
      await pause(feed);
    }
    this.#feeds.delete(feed.name);
  }

  async #look(feed: Feed): Promise<void> {
    const [joining, joined] = [true, false].map((isJoining) =>
      [...feed.listeners].filter(({ onJoined }) => (onJoined !== null) === isJoining),
    ) as [Listener[], Listener[]];
    try {
      const at = this.#clock.now();
      const found = await this.#find(feed, at);
      const { seen } = feed;
      const fresh = seen === null ? [] : found.filter(({ eventId }) => !seen.has(eventId));
      feed.seen = new Set(found.map(({ eventId }) => eventId));
      feed.looks += 1;
      const isTimeForHeartbeat = feed.looks % looksPerHeartbeat === 0;
      const text = fresh.length > 0 ? await this.#write(fresh, at) : isTimeForHeartbeat ? writeMark(at) : "";
      if (text !== "") await Promise.all(joined.map((listener) => tell(feed, listener, text)));
      for (const { onJoined } of joining) onJoined?.(null);
    } catch (error) {
      this.#log.warn({ err: error }, "new events could not be looked for");
      for (const { onJoined } of joining) onJoined?.(new BillingError("SERVICE_UNAVAILABLE", { cause: error }));
    }
  }

  /** The newest first. */
  async #find(feed: Feed, at: Date): Promise<EventPlace[]> {
    const found = await this.#findRecorded(feed, new Date(at.getTime() - overlapMs), at);
    const byClock = await this.#findByClock(feed);
    return byClock.length === 0 ? found : [...byClock, ...found].toSorted((a, b) => (a.eventId < b.eventId ? 1 : -1));
  }

  /** By ids, which begin with the time: those of customers who live by a test clock are from another one. */
  #findRecorded({ tenant, filter }: Feed, from: Date, at: Date): Promise<EventPlace[]> {
    const range = { from: firstIdAt(from), before: firstIdAt(new Date(at.getTime() + overlapMs)) };
    return findNewestEvents(this.#database, tenant.id, filter, { ...range, limit: mostLookedAt });
  }

  async #findByClock(feed: Feed): Promise<EventPlace[]> {
    const { tenant, customerId, filter, clockTimes: before } = feed;
    if (tenant.mode === "live") return [];
    const customers = await findClockCustomers(this.#database, tenant, customerId, mostClockCustomers);
    feed.clockTimes = new Map(customers.map(({ customerId: id, clockTime }) => [id, clockTime]));
    if (customers.length === 0) return [];
    const since = customers.map((key) => ({ key, from: firstIdAt(before.get(key.customerId) ?? key.clockTime) }));
    return findNewestOfEach(this.#database, since, filter, mostLookedAt);
  }

  /** Sends what was recorded since the message `lastEventId`, some of which the listener may have had before it. */
  async #catchUp(feed: Feed, listener: Listener, lastEventId: string): Promise<void> {
    const at = this.#clock.now();
    const left = /^\d{1,15}$/.test(lastEventId) ? Number.parseInt(lastEventId, 10) : 0;
    // Nobody knows what time it was by a test clock.
    const isTooLate =
      left < at.getTime() - longestAwayMs || left > at.getTime() + overlapMs || feed.clockTimes.size > 0;
    const missed = isTooLate ? [] : await this.#findRecorded(feed, new Date(left - overlapMs), at);
    if (isTooLate) await tell(feed, listener, skipped + writeMark(at));
    else if (missed.length > 0) await tell(feed, listener, await this.#write(missed, at));
  }

  /** `events`, of which the newest comes first, as messages, of which it comes last: the newest of them where they are too many. */
  async #write(events: EventPlace[], at: Date): Promise<string> {
    let bytes = 0;
    const taken = events
      .slice(0, mostAtATime)
      .filter((event, index) => (bytes += event.bytes) <= mostBytesAtATime || index === 0);
    const rows = await readEvents(this.#database, taken);
    const messages = rows.map((row) => `event: event\ndata: ${writeJson(presentEvent(row))}\n`);
    return `${taken.length < events.length ? skipped : ""}${messages.join("\n")}${writeMark(at)}`;
  }
}

/** Until it is time for the next look, or somebody has come. */
async function pause(feed: Feed): Promise<void> {
  if ([...feed.listeners].some(({ onJoined }) => onJoined !== null)) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, pauseMs).unref();
    feed.wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function tell(feed: Feed, listener: Listener, text: string): Promise<void> {
  const isAdmitted = await listener.isStillAdmitted();
  if (!feed.listeners.has(listener)) return;
  const { stream } = listener;
  if (!isAdmitted) end(feed, listener);
  else if (stream.readableLength > mostUnreadBytes) stream.destroy();
  else stream.push(text);
}

function end({ listeners }: Feed, listener: Listener): void {
  listeners.delete(listener);
  listener.stream.push(null);
}

const skipped = "event: skipped\ndata: {}\n\n";

/** Where a listener who comes back goes on; the id belongs to the message before it, if one comes directly before it. */
function writeMark(at: Date): string {
  return `id: ${at.getTime()}\n\n`;
}
