import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Meter, UsageEvent } from "./meter.ts";
import type { UsagePrice } from "./plan.ts";
import { sum } from "./decimal.ts";
import { BillingError } from "./errors.ts";
import { emptyReplayMemory, rerate } from "./replay.ts";
import type { RatedSubscription } from "./rating.ts";
import { addAmounts, differenceOf, openSimulation, simulatedAmounts, simulateEvent } from "./simulation.ts";
import { anyEvent, anyMeter, anyPrice } from "./test/arbitraries.ts";

const startsAt = Date.parse("2026-03-01T00:00:00Z");

function subscription(usagePrices: UsagePrice[]): RatedSubscription {
  return {
    id: "s",
    startsAt,
    endsAt: null,
    schedule: { startsAt, anchorDay: 1, timeZone: "UTC", interval: "month", intervalCount: 1 },
    currentPeriod: { startsAt, endsAt: Date.parse("2026-04-01T00:00:00Z") },
    plan: { billingInterval: "month", billingIntervalCount: 1, usagePrices, fixedFees: [], overdraft: [] },
  };
}

function simulated(prices: UsagePrice[], meter: Meter, events: UsageEvent[]) {
  const simulation = openSimulation(subscription(prices), [meter]);
  for (const event of events) simulateEvent(simulation, event);
  return simulation;
}

test("law: a simulation comes to what rating the same events one after another does, and leaves out what cannot be rated", () => {
  fc.assert(
    fc.property(anyPrice, anyMeter, fc.array(anyEvent, { maxLength: 8 }), (price, meter, events) => {
      const simulation = simulated([price], meter, events);
      const memory = emptyReplayMemory();
      let unrated = 0;
      const costs = events.flatMap((event) => {
        try {
          const steps = [{ type: "usage" as const, id: "", event, subscriptions: [subscription([price])] }];
          return [...rerate(steps, [meter], memory)].flatMap(({ rating }) => rating.costs);
        } catch (error) {
          assert.ok(error instanceof BillingError);
          unrated += 1;
          return [];
        }
      });
      assert.equal(simulation.unratedCount, price.meterCode === meter.code ? unrated : 0);
      const total = sum(simulatedAmounts(simulation).map(({ amount }) => amount));
      assert.equal(total.toString(), sum(costs.map(({ amount }) => amount)).toString());
    }),
    { numRuns: 1_000 },
  );
});

test("law: current and difference make the candidate, denomination by denomination", () => {
  fc.assert(
    fc.property(
      fc.array(anyPrice, { maxLength: 2 }),
      fc.array(anyPrice, { maxLength: 2 }),
      anyMeter,
      fc.array(anyEvent, { maxLength: 5 }),
      (one, other, meter, events) => {
        const coded = (prices: UsagePrice[]) => prices.map((price, index) => ({ ...price, code: `p${index}` }));
        const [current, candidate] = [one, other].map((prices) =>
          simulatedAmounts(simulated(coded(prices), meter, events)),
        );
        assert.ok(current !== undefined && candidate !== undefined);
        const difference = differenceOf(current, candidate);
        const shown = (amounts: typeof current) =>
          amounts
            .filter(({ amount }) => !amount.isZero())
            .map(({ denomination, amount }) => [denomination, amount.toString()]);
        assert.deepEqual(shown(addAmounts([current, difference])), shown(candidate));
      },
    ),
    { numRuns: 1_000 },
  );
});
