import assert from "node:assert/strict";
import { test } from "node:test";
import { conversionAt, convert } from "../conversion.ts";
import { decimal } from "../decimal.ts";
import { currency } from "../denomination.ts";
import type { Meter } from "../meter.ts";
import { validatePlan } from "../plan-validation.ts";
import type { PricingModel, UsagePrice } from "../plan.ts";
import { periodCharge, trueUp } from "../pricing.ts";
import { periodAt, type PeriodSchedule } from "../period.ts";
import type { RatedSubscription } from "../rating.ts";
import { emptyReplayMemory, rerate } from "../replay.ts";
import { conversionExamples, pricingExamples, type PricingExample } from "./examples.ts";

const units: Meter = {
  code: "units",
  eventName: "use",
  aggregation: { type: "sum", property: "units" },
  window: null,
  filters: [],
};

function subscriptionOf(price: UsagePrice): RatedSubscription {
  const schedule: PeriodSchedule = { startsAt: 0, anchorDay: 1, timeZone: "UTC", interval: "month", intervalCount: 1 };
  return {
    id: "s",
    startsAt: 0,
    endsAt: null,
    schedule,
    currentPeriod: periodAt(schedule, 0),
    plan: { billingInterval: "month", billingIntervalCount: 1, usagePrices: [price], fixedFees: [], overdraft: [] },
  };
}

/** What the events of each period cost one after the other, what the period costs, and what is missing to its minimum. */
function computed({ price: described, periods }: PricingExample): PricingExample["periods"] {
  const price: UsagePrice = { code: "price", meterCode: "units", denomination: currency("usd"), ...described };
  const subscriptions = [subscriptionOf(price)];
  assert.deepEqual(validatePlan(subscriptions[0]!.plan, [units]), []);
  return periods.map((period) => {
    const memory = emptyReplayMemory();
    const steps = period.events.map((event, index) => ({
      type: "usage" as const,
      id: String(index),
      event: { eventName: "use", timestamp: 0, properties: { ...event.properties, units: event.units } },
      subscriptions,
    }));
    const costs = [...rerate(steps, [units], memory)].map(({ rating }) => rating.costs[0]?.amount.toString());
    const readings = [...memory.counters].map(([key, state]) => ({
      dimension: memory.counterIds.get(key)?.dimension ?? "",
      state,
    }));
    const charge = periodCharge(price, readings);
    return {
      events: period.events.map((event, index) => ({ ...event, cost: costs[index] ?? "" })),
      charge: charge.toString(),
      ...(period.trueUp !== undefined && { trueUp: trueUp(price, charge).toString() }),
    };
  });
}

for (const example of pricingExamples) {
  test(`example: ${example.title} (${example.source.name})`, () => {
    assert.deepEqual(computed(example), example.periods);
  });
}

for (const { title, conversions, rows } of conversionExamples) {
  test(`example: ${title}`, () => {
    for (const { units, at, amount } of rows) {
      const conversion = conversionAt(conversions, {
        pricingUnitCode: "credit",
        currencyCode: "usd",
        instant: Date.parse(at),
      });
      assert.ok(conversion !== null);
      assert.equal(convert(decimal(units), conversion).toString(), amount);
    }
  });
}

test("there is an example of every model, and a source for every example", () => {
  const models: Record<PricingModel["model"], true> = {
    per_unit: true,
    graduated: true,
    volume: true,
    package: true,
    percentage: true,
    graduated_percentage: true,
    matrix: true,
    dynamic: true,
    flat_per_event: true,
  };
  const shown = new Set(pricingExamples.map(({ price }) => price.model));
  assert.deepEqual(
    Object.keys(models).filter((model) => !shown.has(model as PricingModel["model"])),
    [],
  );
  for (const { source, title } of [...pricingExamples, ...conversionExamples])
    assert.match(source.url, /^https:\/\//, title);
});
