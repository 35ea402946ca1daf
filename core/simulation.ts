/** What real usage would cost by another plan: the events rated from nothing, with a memory of their own that nobody stores. */
import { emptyReplayMemory, rerate, type ReplayMemory } from "./replay.ts";
import { zero, type Decimal } from "./decimal.ts";
import { compareDenominations, denominationKey, type Denomination } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import type { Meter, UsageEvent } from "./meter.ts";
import type { RatedSubscription } from "./rating.ts";

export type SimulatedAmount = { denomination: Denomination; amount: Decimal };

export type Simulation = {
  subscription: RatedSubscription;
  /** Those that the plan prices: a meter that nothing prices can refuse nothing. */
  meters: Meter[];
  memory: ReplayMemory;
  amounts: Map<string, SimulatedAmount>;
  /** Events that the plan cannot rate: a property that it needs is missing or no number. They cost nothing here. */
  unratedCount: number;
};

/** The plan of `subscription`, before any event. Memory grows with its counters, never with events. */
export function openSimulation(subscription: RatedSubscription, meters: readonly Meter[]): Simulation {
  const priced = new Set(subscription.plan.usagePrices.map(({ meterCode }) => meterCode));
  return {
    subscription,
    meters: meters.filter(({ code }) => priced.has(code)),
    memory: emptyReplayMemory(),
    amounts: new Map(),
    unratedCount: 0,
  };
}

/** Rates one event after those before it. Example: "10 at 2, more at 1", two events of 6 units → 12, and then 22 in all. */
export function simulateEvent(simulation: Simulation, event: UsageEvent): void {
  const { subscription, meters, memory, amounts } = simulation;
  try {
    for (const { rating } of rerate([{ type: "usage", id: "", event, subscriptions: [subscription] }], meters, memory))
      for (const { denomination, amount } of rating.costs) addAmount(amounts, denomination, amount);
  } catch (error) {
    if (!(error instanceof BillingError)) throw error;
    simulation.unratedCount += 1;
  }
}

/** What the events came to, in the order of `compareDenominations`. */
export function simulatedAmounts({ amounts }: Pick<Simulation, "amounts">): SimulatedAmount[] {
  return [...amounts.values()].toSorted((a, b) => compareDenominations(a.denomination, b.denomination));
}

/** The sum of all lists, denomination by denomination. */
export function addAmounts(lists: readonly (readonly SimulatedAmount[])[]): SimulatedAmount[] {
  const amounts = new Map<string, SimulatedAmount>();
  for (const { denomination, amount } of lists.flat()) addAmount(amounts, denomination, amount);
  return simulatedAmounts({ amounts });
}

/** What `candidate` comes to more than `current`, in each denomination that either has. */
export function differenceOf(
  current: readonly SimulatedAmount[],
  candidate: readonly SimulatedAmount[],
): SimulatedAmount[] {
  const less = current.map(({ denomination, amount }) => ({ denomination, amount: amount.negated() }));
  return addAmounts([candidate, less]);
}

function addAmount(amounts: Map<string, SimulatedAmount>, denomination: Denomination, amount: Decimal): void {
  const key = denominationKey(denomination);
  amounts.set(key, { denomination, amount: (amounts.get(key)?.amount ?? zero).plus(amount) });
}
