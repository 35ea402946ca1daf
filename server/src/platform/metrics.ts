import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";

/** What a process counts about itself, for Prometheus. */
export type Metrics = {
  /** Where this process's own metrics are registered. */
  registry: Registry;
  /** All of it now, in the exposition format; of all processes of this server, if there are several. */
  text(): Promise<string>;
};

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Upper bounds of a histogram's buckets, in seconds: from what memory answers to what somebody gives up on. */
export const durationBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Metrics of one process alone. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  return { registry, text: () => registry.metrics() };
}

/** Metrics of one process of several, which reads those of all by `readAll`. */
export function createWorkerMetrics(readAll: () => Promise<string>): Metrics {
  return { registry: new Registry(), text: readAll };
}

/** The metrics of one process, to be sent to another. */
export type MetricsSnapshot = object[];

export const takeSnapshot = ({ registry }: Metrics): Promise<MetricsSnapshot> => registry.getMetricsAsJSON();

/** The metrics of several processes as one: counts and what is used are added up, times on the event loop averaged. */
export function joinSnapshots(snapshots: MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots).metrics();
}

/** Adds what Node.js and the operating system know of this process: CPU, memory, event loop, garbage collection, descriptors. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
}
