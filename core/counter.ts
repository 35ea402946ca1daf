/**
 * Counters: what the events of a period have come to so far. A state is small, exact and plain: a caller loads it, has it moved
 * by an event, and stores it. Moving is reversible, and what is left after an event is taken out again is what would be there
 * had it never been.
 *
 * Aggregations that forget (a maximum forgets all smaller values) need more than a state to be reversible: the multiset of a
 * counter's values, of which the caller keeps one row per value with the number of events that brought it. `rememberedValue`
 * says which value an event brings; see "Counters" in README.md for what is loaded when.
 */
import { decimal, one, zero, type Decimal } from "./decimal.ts";
import type { Aggregation, TimeUnit } from "./meter.ts";
import type { Instant, Period } from "./period.ts";

export type CounterState = {
  /** The meter's reading, which prices are a function of. */
  quantity: Decimal;
  /** How many events it is the reading of. */
  eventCount: number;
  /** The sum of what each event costs on its own; zero unless the price's model charges event by event. */
  accrued: Decimal;
  memory: Memory | null;
};

/** What an aggregation must remember beside its reading. */
export type Memory =
  | { type: "latest"; at: Instant }
  /** `levelTime` is the level times the milliseconds it lasts in the period, if nothing more happens. */
  | { type: "level"; level: Decimal; levelTime: Decimal };

/** A counter that no event has reached. */
export const emptyCounter: CounterState = { quantity: zero, eventCount: 0, accrued: zero, memory: null };

/** What one event does to a counter. */
export type Contribution = {
  quantity: Decimal;
  /** The value of a unique count, null for all others. */
  value: string | null;
  at: Instant;
  /** What the event costs on its own, for a price whose model charges event by event. */
  fee: Decimal;
  /** 1, or 0 for a level that is carried over from the period before or ended within one, which no event brings. */
  events: 0 | 1;
  /** The end of a level that changes, where it ends before the period does. */
  until?: Instant;
};

/** A value that a counter remembers. `key` tells it apart from the counter's others; the rest is what orders them. */
export type CounterValue = { key: string; quantity: Decimal; at: Instant };

/** In which order a counter's remembered values stand, the first of which is its reading; null where the reading is their number. */
export type ValueOrder = "greatest" | "least" | "latest" | null;

/** The value that the event brings and the caller must count, or null if the state alone is enough. */
export function rememberedValue(
  aggregation: Aggregation,
  { quantity, value, at }: Pick<Contribution, "quantity" | "value" | "at">,
): CounterValue | null {
  switch (aggregation.type) {
    case "unique_count":
      return { key: value ?? "", quantity: zero, at: 0 };
    case "max":
    case "min":
      return { key: quantity.toString(), quantity, at: 0 };
    case "latest":
      return { key: `${at}:${quantity.toString()}`, quantity, at };
    default:
      return null;
  }
}

export function valueOrder(aggregation: Aggregation): ValueOrder {
  if (aggregation.type === "max") return "greatest";
  if (aggregation.type === "min") return "least";
  return aggregation.type === "latest" ? "latest" : null;
}

/** For `sort`: which of two values of a counter is nearer to being its reading. */
export function compareValues(order: Exclude<ValueOrder, null>, a: CounterValue, b: CounterValue): number {
  if (order === "least") return a.quantity.compare(b.quantity);
  if (order === "latest" && a.at !== b.at) return b.at - a.at;
  return b.quantity.compare(a.quantity);
}

/**
 * The state after one more event.
 * `timesSeen` is how many events have brought the same value before; only a unique count looks at it.
 */
export function addTo(
  state: CounterState,
  contribution: Contribution,
  { aggregation, period, timesSeen }: { aggregation: Aggregation; period: Period; timesSeen: number },
): CounterState {
  const { quantity } = contribution;
  switch (aggregation.type) {
    case "count":
    case "sum":
      return moved(state, contribution, 1, state.quantity.plus(quantity), null);
    case "unique_count":
      return moved(state, contribution, 1, timesSeen === 0 ? state.quantity.plus(one) : state.quantity, null);
    case "weighted_sum":
      return movedLevel(state, contribution, 1, aggregation.per, period);
    default: {
      const value = rememberedValue(aggregation, contribution) as CounterValue;
      const order = valueOrder(aggregation) as Exclude<ValueOrder, null>;
      const first = firstOf(state);
      return movedTo(
        state,
        contribution,
        1,
        order,
        first === null || compareValues(order, value, first) < 0 ? value : first,
      );
    }
  }
}

/** What is known of the value that an event brought, when the event is taken out. */
export type ValueKnowledge = {
  /** How many events have brought it, the one taken out included. */
  timesSeen: number;
  /** The counter's first other value in its order, or null if it has no other. */
  next: CounterValue | null;
};

/**
 * The state without an event that is in it: exactly the one that all the others make.
 * `known` is looked at by aggregations that remember values only.
 */
export function removeFrom(
  state: CounterState,
  contribution: Contribution,
  { aggregation, period, known }: { aggregation: Aggregation; period: Period; known: ValueKnowledge },
): CounterState {
  switch (aggregation.type) {
    case "count":
    case "sum":
      return moved(state, contribution, -1, state.quantity.minus(contribution.quantity), null);
    case "unique_count":
      return moved(state, contribution, -1, known.timesSeen === 1 ? state.quantity.minus(one) : state.quantity, null);
    case "weighted_sum":
      return movedLevel(state, contribution, -1, aggregation.per, period);
    default: {
      const value = rememberedValue(aggregation, contribution) as CounterValue;
      const order = valueOrder(aggregation) as Exclude<ValueOrder, null>;
      const first = firstOf(state) as CounterValue;
      const isLeft = known.timesSeen > 1 || compareValues(order, value, first) !== 0;
      return movedTo(state, contribution, -1, order, isLeft ? first : known.next);
    }
  }
}

/** The level that a weighted sum's counter ends its period with; zero for every other. */
export function closingLevel({ memory }: CounterState): Decimal {
  return memory?.type === "level" ? memory.level : zero;
}

/** The value that is a forgetful counter's reading; null before its first event. */
function firstOf({ quantity, eventCount, memory }: CounterState): CounterValue | null {
  if (eventCount === 0) return null;
  return { key: "", quantity, at: memory?.type === "latest" ? memory.at : 0 };
}

type Direction = 1 | -1;

/** The state with a new reading. Written out, because a spread costs twenty times as much on the path of every event. */
function moved(
  { eventCount, accrued }: CounterState,
  { events, fee }: Contribution,
  direction: Direction,
  quantity: Decimal,
  memory: Memory | null,
): CounterState {
  return {
    quantity,
    eventCount: eventCount + direction * events,
    accrued: direction === 1 ? accrued.plus(fee) : accrued.minus(fee),
    memory,
  };
}

/** The state whose reading is this value; without one, that of no event. */
function movedTo(
  state: CounterState,
  contribution: Contribution,
  direction: Direction,
  order: ValueOrder,
  value: CounterValue | null,
): CounterState {
  const memory: Memory | null = order === "latest" && value !== null ? { type: "latest", at: value.at } : null;
  return moved(state, contribution, direction, value?.quantity ?? zero, memory);
}

/**
 * A level that changes at an instant lasts until the period ends, unless another event changes it again: so every event adds
 * its change times the time left, whatever the order in which events arrive.
 */
function movedLevel(
  state: CounterState,
  contribution: Contribution,
  direction: Direction,
  per: TimeUnit,
  period: Period,
): CounterState {
  const before = state.memory?.type === "level" ? state.memory : { level: zero, levelTime: zero };
  const change = direction === 1 ? contribution.quantity : contribution.quantity.negated();
  const until = contribution.until ?? period.endsAt;
  const timeLeft = decimal(String(Math.max(0, until - Math.max(contribution.at, period.startsAt))));
  // A level that has ended is none any more, whenever it becomes known that it was.
  const level = contribution.until === undefined ? before.level.plus(change) : before.level;
  const levelTime = before.levelTime.plus(change.times(timeLeft));
  const memory: Memory | null = level.isZero() && levelTime.isZero() ? null : { type: "level", level, levelTime };
  return moved(state, contribution, direction, inUnit(levelTime, per, period), memory);
}

/** The one place where a reading is rounded: an hour is no decimal fraction. The exact sum stays in the state. */
const READING = { scale: 18, mode: "half-up" } as const;

function inUnit(levelTime: Decimal, per: TimeUnit, period: Period): Decimal {
  const length = per === "period" ? decimal(String(period.endsAt - period.startsAt)) : MILLISECONDS[per];
  return levelTime.dividedBy(length, READING);
}

const MILLISECONDS: Record<Exclude<TimeUnit, "period">, Decimal> = {
  second: decimal("1000"),
  minute: decimal("60000"),
  hour: decimal("3600000"),
  day: decimal("86400000"),
};

/** A state as JSON holds it; decimals are strings. `readCounterState` is the way back. */
export type StoredCounterState = {
  quantity: string;
  event_count: number;
  accrued: string;
  memory: { type: "latest"; at: Instant } | { type: "level"; level: string; level_time: string } | null;
};

export function storeCounterState({ quantity, eventCount, accrued, memory }: CounterState): StoredCounterState {
  return {
    quantity: quantity.toString(),
    event_count: eventCount,
    accrued: accrued.toString(),
    memory:
      memory?.type === "level"
        ? { type: "level", level: memory.level.toString(), level_time: memory.levelTime.toString() }
        : memory,
  };
}

export function readCounterState(stored: StoredCounterState): CounterState {
  const { memory } = stored;
  return {
    quantity: decimal(stored.quantity),
    eventCount: stored.event_count,
    accrued: decimal(stored.accrued),
    memory:
      memory?.type === "level"
        ? { type: "level", level: decimal(memory.level), levelTime: decimal(memory.level_time) }
        : memory,
  };
}
