import { collectDefaultMetrics, Registry } from "prom-client";

/** What a process counts about itself, for Prometheus. */
export type Metrics = {
  /** Where this process's own metrics are registered. */
  registry: Registry;
  /** All of it now, in the exposition format; of all processes of this server, if there are several. */
  text(): Promise<string>;
};

export const metricsContentType = Registry.PROMETHEUS_CONTENT_TYPE;

/** Metrics of one process alone, unless `readAll` knows of others. */
export function createMetrics(readAll?: () => Promise<string>): Metrics {
  const registry = new Registry();
  return { registry, text: readAll ?? (() => registry.metrics()) };
}

/** Adds what Node.js and the operating system know of this process: CPU, memory, event loop, garbage collection, descriptors. */
export function collectProcessMetrics({ registry }: Metrics): void {
  collectDefaultMetrics({ register: registry });
}
