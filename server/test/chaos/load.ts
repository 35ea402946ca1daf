import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { post, stallInRequest, type Answer } from "./client.ts";
import type { Customer } from "./customers.ts";
import { acknowledge, createEvent, type SentEvent } from "./event.ts";
import type { Random } from "./random.ts";

/** Where the load goes: the servers that run just now. */
export type Target = { baseUrls(): string[]; key(): string };

const forms = ["single", "list", "batch"] as const;

/** One request, which may be sent many times. */
type Unit = {
  form: (typeof forms)[number];
  events: SentEvent[];
  text: string;
  idempotencyKey: string | null;
  /** How often its client asks again before it gives up. */
  patience: number;
};

export type LoadCounts = {
  requests: number;
  acknowledged: number;
  unavailable: number;
  unanswered: number;
  repeated: number;
  stalled: number;
};

export type LoadOptions = {
  target: Target;
  customers: Customer[];
  /** From then on what was sent is only sent again: the checks of a round take longer with each event. */
  mostEvents: number;
  random: Random;
};

const clientCount = 12;
/** What a client sends of what it has sent before, though it was answered: an answer may be lost on its way to whoever asked for it. */
const percentRepeated = 20;

/**
 * Clients that send events of all forms without a break, each by choices of its own: some ask again until they are answered, some give
 * up, some leave in the middle, some send everything twice at once, and none keeps to the order in which the events were made.
 */
export class Load {
  readonly events: SentEvent[] = [];
  readonly counts: LoadCounts = {
    requests: 0,
    acknowledged: 0,
    unavailable: 0,
    unanswered: 0,
    repeated: 0,
    stalled: 0,
  };
  readonly #target: Target;
  readonly #customers: Customer[];
  readonly #mostEvents: number;
  readonly #startsAt = new Date();
  readonly #random: Random;
  readonly #waiting: Unit[] = [];
  readonly #stalled: Socket[] = [];
  #units = 0;
  #isStopping = false;
  #clients: Promise<void>[] = [];
  #failure: unknown = null;

  constructor({ target, customers, mostEvents, random }: LoadOptions) {
    this.#target = target;
    this.#customers = customers;
    this.#mostEvents = mostEvents;
    this.#random = random;
  }

  start(): void {
    this.#clients = Array.from({ length: clientCount }, (_, index) =>
      this.#run(this.#random.forPart(`client ${index}`)),
    );
  }

  /** Resolves when so many more requests are acknowledged. @throws what a client has failed with, or Error if nothing goes on. */
  async advance(requests: number): Promise<void> {
    const goal = this.counts.acknowledged + requests;
    await this.#until(`${requests} more acknowledgements`, () => this.counts.acknowledged >= goal);
  }

  /** Resolves when so many more requests were turned away, or when the load has gone on for a while without. */
  async feel(requests: number, patienceMs: number): Promise<void> {
    const goal = this.counts.unavailable + this.counts.unanswered + requests;
    const deadline = performance.now() + patienceMs;
    await this.#until(
      "a fault that is felt",
      () => this.counts.unavailable + this.counts.unanswered >= goal || performance.now() > deadline,
    );
  }

  /** Has every client finish the request that it is at. @throws what a client has failed with. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#clients);
    for (const socket of this.#stalled) socket.destroy();
    if (this.#failure !== null) throw this.#failure;
  }

  /** Sends every event again, in an order of its own, until each has an answer: what is missing is recorded now, and nothing twice. */
  async sendAllAgain(): Promise<void> {
    const random = this.#random.forPart("all again");
    const events = random.shuffled(this.events);
    for (let start = 0; start < events.length; start += againAtOnce) {
      const own = events.slice(start, start + againAtOnce);
      const unit = {
        form: "batch",
        events: own,
        text: toText("batch", own),
        idempotencyKey: null,
        patience: 0,
      } as const;
      const answer = await post(this.#requestOf(unit, random));
      assert.equal(answer?.status, 200, JSON.stringify(answer?.body));
      judge(unit, answer);
    }
  }

  async #run(random: Random): Promise<void> {
    try {
      while (!this.#isStopping) await this.#work(this.#nextUnit(random), random);
    } catch (error) {
      this.#failure ??= error;
      this.#isStopping = true;
    }
  }

  async #work(unit: Unit, random: Random): Promise<void> {
    for (const event of unit.events) event.isSent = true;
    if (random.isIn(2)) await this.#stall(unit, random);
    const answers = await Promise.all(
      random.isIn(10) ? [this.#send(unit, random), this.#send(unit, random)] : [this.#send(unit, random)],
    );
    if (answers.some((answer) => answer !== null && isFinal(answer))) return;
    if (unit.patience > 0) this.#waiting.push({ ...unit, patience: unit.patience - 1 });
    await delay(random.between(5, 60));
  }

  /** A unit that waits to be sent again, another try of what was answered before, or a new one. */
  #nextUnit(random: Random): Unit {
    if (this.#waiting.length > 0 && random.isIn(50))
      return this.#waiting.splice(random.between(0, this.#waiting.length - 1), 1)[0] as Unit;
    const form = random.pick(forms);
    const size = form === "single" ? 1 : random.between(2, 30);
    const isRepeat = this.events.length > this.#mostEvents || (this.events.length > 0 && random.isIn(percentRepeated));
    if (isRepeat) this.counts.repeated += 1;
    const events = Array.from({ length: size }, () => (isRepeat ? random.pick(this.events) : this.#newEvent(random)));
    return {
      form,
      events,
      text: toText(form, events),
      idempotencyKey: random.isIn(30) ? `request ${this.#startsAt.getTime()} ${(this.#units += 1)}` : null,
      patience: random.pick([0, 1, 3, Number.POSITIVE_INFINITY]),
    };
  }

  #newEvent(random: Random): SentEvent {
    const event = createEvent(random.pick(this.#customers), this.events.length, this.#startsAt, random);
    this.events.push(event);
    return event;
  }

  /** The answer, judged and noted; null if there is none. */
  async #send(unit: Unit, random: Random): Promise<Answer | null> {
    this.counts.requests += 1;
    const leave = random.isIn(4) ? { leave: AbortSignal.timeout(random.between(0, 30)) } : {};
    const answer = await post({ ...this.#requestOf(unit, random), ...leave });
    if (answer === null) this.counts.unanswered += 1;
    else if (answer.status === 503) this.counts.unavailable += 1;
    else if (isFinal(answer)) this.counts.acknowledged += 1;
    if (answer !== null) judge(unit, answer);
    return answer;
  }

  async #stall(unit: Unit, random: Random): Promise<void> {
    this.counts.stalled += 1;
    this.#stalled.push(await stallInRequest(this.#requestOf(unit, random)));
  }

  #requestOf({ form, text, idempotencyKey }: Unit, random: Random) {
    const path = form === "batch" ? "/v1/events/ingest-batch" : "/v1/events/ingest";
    return { baseUrl: random.pick(this.#target.baseUrls()), key: this.#target.key(), path, text, idempotencyKey };
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + livenessMs;
    while (!isSo()) {
      if (this.#failure !== null) throw this.#failure;
      assert.ok(performance.now() < deadline, `${what} have not come about in ${livenessMs / 1_000} s`);
      await delay(5);
    }
  }
}

/** Whatever has happened, in this time the servers work again. */
const livenessMs = 60_000;
const againAtOnce = 200;

function toText(form: Unit["form"], events: SentEvent[]): string {
  const bodies = events.map(({ body }) => body);
  return JSON.stringify(form === "single" ? bodies[0] : { events: bodies });
}

/** Whether the client knows now what has become of its events, or that they will be worked. */
const isFinal = ({ status }: Answer): boolean => status === 200 || status === 202;

/** Notes what the answer says of each event. @throws AssertionError if it is none that may be given. */
function judge({ form, events }: Unit, { status, body }: Answer): void {
  const said = `${form} was answered ${status} ${JSON.stringify(body)}`;
  if (status === 503) assert.equal(body.error.code, "SERVICE_UNAVAILABLE", said);
  else if (status === 409) assert.equal(body.error.code, "IDEMPOTENCY_KEY_IN_FLIGHT", said);
  else if (form === "list") {
    assert.deepEqual([status, body.accepted], [202, events.length], said);
    for (const event of events) event.isAccepted = true;
  } else {
    assert.equal(status, 200, said);
    const answers = form === "single" ? [body] : body.results;
    for (const [index, event] of events.entries()) acknowledge(event, answers[index]);
  }
}
