import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addTo,
  closingLevel,
  emptyCounter,
  readCounterState,
  rememberedValue,
  removeFrom,
  storeCounterState,
  type Contribution,
  type CounterState,
  type CounterValue,
} from "./counter.ts";
import { decimal } from "./decimal.ts";
import type { Aggregation } from "./meter.ts";

const hour = 3_600_000;
const period = { startsAt: 0, endsAt: 30 * hour };

function event(quantity: string, options: Partial<Omit<Contribution, "quantity">> = {}): Contribution {
  return { quantity: decimal(quantity), value: null, at: 0, fee: decimal("0"), events: 1, ...options };
}

function written({ quantity, eventCount, accrued, memory }: CounterState): string {
  const remembered =
    memory === null
      ? ""
      : memory.type === "latest"
        ? ` at ${memory.at}`
        : ` level ${memory.level.toString()} of ${memory.levelTime.toString()}`;
  return `${quantity.toString()} of ${eventCount}, ${accrued.toString()}${remembered}`;
}

test("how each aggregation reads its events", () => {
  const measured = { property: "p" };
  const cases: [aggregation: Aggregation, events: Contribution[], states: string[]][] = [
    [{ type: "count" }, [event("1"), event("1")], ["1 of 1, 0", "2 of 2, 0"]],
    [{ type: "sum", ...measured }, [event("2.5", { fee: decimal("1") }), event("-1")], ["2.5 of 1, 1", "1.5 of 2, 1"]],
    [{ type: "max", ...measured }, [event("-5"), event("-7"), event("3")], ["-5 of 1, 0", "-5 of 2, 0", "3 of 3, 0"]],
    [{ type: "min", ...measured }, [event("5"), event("7"), event("3")], ["5 of 1, 0", "5 of 2, 0", "3 of 3, 0"]],
    [
      { type: "latest", ...measured },
      [
        event("5", { at: 10 }),
        event("9", { at: 9 }),
        event("4", { at: 10 }),
        event("6", { at: 10 }),
        event("0", { at: 11 }),
      ],
      ["5 of 1, 0 at 10", "5 of 2, 0 at 10", "5 of 3, 0 at 10", "6 of 4, 0 at 10", "0 of 5, 0 at 11"],
    ],
    [
      { type: "weighted_sum", per: "hour", ...measured },
      [event("10", { at: 10 * hour }), event("-4", { at: 20 * hour }), event("1", { at: -hour })],
      ["200 of 1, 0 level 10 of 720000000", "160 of 2, 0 level 6 of 576000000", "190 of 3, 0 level 7 of 684000000"],
    ],
    [
      { type: "weighted_sum", per: "period", ...measured },
      [event("9", { at: 10 * hour }), event("-9", { at: 10 * hour })],
      ["6 of 1, 0 level 9 of 648000000", "0 of 2, 0"],
    ],
    [
      { type: "weighted_sum", per: "day", ...measured },
      [event("1", { at: 29 * hour })],
      ["0.041666666666666667 of 1, 0 level 1 of 3600000"],
    ],
  ];
  for (const [aggregation, events, states] of cases) {
    let state = emptyCounter;
    const seen = events.map((each) => {
      state = addTo(state, each, { aggregation, period, timesSeen: 0 });
      return written(state);
    });
    assert.deepEqual(seen, states, aggregation.type);
  }
});

test("a unique count grows with a value's first event and falls with its last", () => {
  const aggregation: Aggregation = { type: "unique_count", property: "user" };
  const contribution = event("0", { value: '"a"' });
  const first = addTo(emptyCounter, contribution, { aggregation, period, timesSeen: 0 });
  const second = addTo(first, contribution, { aggregation, period, timesSeen: 1 });
  assert.deepEqual([written(first), written(second)], ["1 of 1, 0", "1 of 2, 0"]);
  const oneLeft = removeFrom(second, contribution, { aggregation, period, known: { timesSeen: 2, next: null } });
  const noneLeft = removeFrom(oneLeft, contribution, { aggregation, period, known: { timesSeen: 1, next: null } });
  assert.deepEqual([written(oneLeft), written(noneLeft)], ["1 of 1, 0", "0 of 0, 0"]);
});

test("taking out the reading of a forgetful aggregation brings the next value back, and any other changes nothing", () => {
  const of = (type: "max" | "min" | "latest"): Aggregation => ({ type, property: "p" });
  const next: CounterValue = { key: "4", quantity: decimal("4"), at: 8 };
  const top: CounterState = { ...emptyCounter, quantity: decimal("5"), eventCount: 3, memory: null };
  const latest: CounterState = { ...top, memory: { type: "latest", at: 9 } };
  const cases: [
    aggregation: Aggregation,
    before: CounterState,
    taken: Contribution,
    timesSeen: number,
    next: CounterValue | null,
    after: string,
  ][] = [
    [of("max"), top, event("5"), 1, next, "4 of 2, 0"],
    [of("max"), top, event("5"), 2, next, "5 of 2, 0"],
    [of("max"), top, event("5"), 1, null, "0 of 2, 0"],
    [of("max"), top, event("3"), 1, next, "5 of 2, 0"],
    [of("min"), top, event("5"), 1, { ...next, quantity: decimal("6") }, "6 of 2, 0"],
    [of("min"), top, event("7"), 1, next, "5 of 2, 0"],
    [of("latest"), latest, event("5", { at: 9 }), 1, next, "4 of 2, 0 at 8"],
    [of("latest"), latest, event("5", { at: 8 }), 1, next, "5 of 2, 0 at 9"],
    [of("latest"), latest, event("5", { at: 9 }), 1, null, "0 of 2, 0"],
  ];
  for (const [aggregation, before, taken, timesSeen, other, after] of cases) {
    assert.equal(
      written(removeFrom(before, taken, { aggregation, period, known: { timesSeen, next: other } })),
      after,
      aggregation.type,
    );
  }
});

test("which values the caller must count", () => {
  const contribution = event("2.50", { value: '"a"', at: 7 });
  const key = (aggregation: Aggregation) => rememberedValue(aggregation, contribution)?.key;
  assert.equal(key({ type: "count" }), undefined);
  assert.equal(key({ type: "sum", property: "p" }), undefined);
  assert.equal(key({ type: "weighted_sum", per: "hour", property: "p" }), undefined);
  assert.equal(key({ type: "max", property: "p" }), "2.5");
  assert.equal(key({ type: "min", property: "p" }), "2.5");
  assert.equal(key({ type: "latest", property: "p" }), "7:2.5");
  assert.equal(key({ type: "unique_count", property: "p" }), '"a"');
});

test("a state is stored and read back as it was", () => {
  const cases: CounterState[] = [
    emptyCounter,
    { quantity: decimal("12345678901234567890.123"), eventCount: 9, accrued: decimal("-0.5"), memory: null },
    { quantity: decimal("1"), eventCount: 1, accrued: decimal("0"), memory: { type: "latest", at: 1_700_000_000_000 } },
    {
      quantity: decimal("0.333333333333333333"),
      eventCount: 2,
      accrued: decimal("0"),
      memory: { type: "level", level: decimal("-3"), levelTime: decimal("864000000.5") },
    },
  ];
  for (const state of cases) {
    const stored = JSON.parse(JSON.stringify(storeCounterState(state)));
    assert.equal(written(readCounterState(stored)), written(state));
  }
  assert.deepEqual(JSON.parse(JSON.stringify(storeCounterState(emptyCounter))), {
    quantity: "0",
    event_count: 0,
    accrued: "0",
    memory: null,
  });
});

test("only a level is carried over", () => {
  assert.equal(closingLevel(emptyCounter).toString(), "0");
  assert.equal(
    closingLevel({ ...emptyCounter, quantity: decimal("5"), memory: { type: "latest", at: 0 } }).toString(),
    "0",
  );
  const level = { type: "level" as const, level: decimal("7"), levelTime: decimal("70") };
  assert.equal(closingLevel({ ...emptyCounter, memory: level }).toString(), "7");
});
