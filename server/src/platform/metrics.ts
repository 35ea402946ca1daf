import { AggregatorRegistry, collectDefaultMetrics, Registry } from "prom-client";

/** What a process counts about itself, for Prometheus. */
export type Metrics = {
  /** Where this process's own metrics are registered. */
  registry: Registry;
  /** All of it now, in the exposition format; of all processes of this server, if there are several. */
  text(): Promise<string>;
};

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Metrics of one process alone. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  return { registry, text: () => registry.metrics() };
}

/** Metrics of a worker, which its primary can read; it reads those of all workers by `readAll`. */
export function createWorkerMetrics(readAll: () => Promise<string>): Metrics {
  const registry = new Registry();
  AggregatorRegistry.setRegistries(registry);
  // Made only to answer the primary.
  void new AggregatorRegistry();
  return { registry, text: readAll };
}

/** What the primary reads the metrics of all its workers by, added up. It rejects if a worker does not answer in five seconds. */
export function readWorkerMetrics(): () => Promise<string> {
  const workers = new AggregatorRegistry();
  return () => workers.clusterMetrics();
}

/** Adds what Node.js and the operating system know of this process: CPU, memory, event loop, garbage collection, descriptors. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
}
