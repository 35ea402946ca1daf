import { gpus, imageModels, models } from "./catalog.ts";
import type { DemoCustomer, Workload } from "./customers.ts";

export type DemoEvent = { customer: DemoCustomer; eventName: string; properties: Record<string, string | number> };

/** Draws a number in [0, 1). */
type Random = () => number;

/** For each workload, how often each kind of event comes up. */
const shares: Record<Workload, { completion: number; image: number; gpu: number }> = {
  assistant: { completion: 0.95, image: 0.05, gpu: 0 },
  studio: { completion: 0.3, image: 0.6, gpu: 0.1 },
  research: { completion: 0.4, image: 0, gpu: 0.6 },
};

/** Events without an end, each of a customer drawn by weight. The same seed gives the same events. */
export function* usageOf(customers: DemoCustomer[], seed: number): Generator<DemoEvent, never> {
  const random = mulberry32(seed);
  for (;;) {
    const customer = pickWeighted(customers, random);
    yield { customer, ...eventOf(customer.workload, random) };
  }
}

function eventOf(workload: Workload, random: Random): Omit<DemoEvent, "customer"> {
  const drawn = random();
  const { completion, image } = shares[workload];
  if (drawn < completion) return completionEvent(random);
  return drawn < completion + image ? imageEvent(random) : gpuEvent(random);
}

function completionEvent(random: Random): Omit<DemoEvent, "customer"> {
  return {
    eventName: "llm.completion",
    properties: {
      model: pick(models, random),
      input_tokens: skewed(random, { median: 4_000, spread: 0.9, most: 128_000 }),
      output_tokens: skewed(random, { median: 700, spread: 0.7, most: 16_000 }),
    },
  };
}

function imageEvent(random: Random): Omit<DemoEvent, "customer"> {
  return { eventName: "image.generated", properties: { model: pick(imageModels, random), size: "1024x1024" } };
}

function gpuEvent(random: Random): Omit<DemoEvent, "customer"> {
  const seconds = skewed(random, { median: 40, spread: 0.8, most: 900 }) + Math.floor(random() * 1_000) / 1_000;
  return { eventName: "gpu.job", properties: { gpu: pick(gpus, random), gpu_seconds: seconds.toFixed(3) } };
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[Math.floor(random() * items.length)] as Item;
}

function pickWeighted(customers: DemoCustomer[], random: Random): DemoCustomer {
  let left = random() * customers.reduce((total, { weight }) => total + weight, 0);
  return customers.find(({ weight }) => (left -= weight) < 0) ?? (customers.at(-1) as DemoCustomer);
}

/** A whole number from a log-normal distribution, which is how request sizes look: mostly small, now and then very large. */
function skewed(random: Random, shape: { median: number; spread: number; most: number }): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(1, Math.min(shape.most, Math.round(shape.median * Math.exp(shape.spread * normal))));
}

/** The generator of that name (public domain): small, seeded, good enough for looks. */
function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
