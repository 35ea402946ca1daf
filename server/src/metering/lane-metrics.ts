import { Counter, Gauge, Histogram } from "prom-client";
import { durationBuckets, type Metrics } from "../platform/metrics.ts";
import type { BatchResult } from "./batch.ts";

export type LaneMetrics = {
  /** To be called when a batch begins; what it returns, after its commit. */
  batch(size: number): () => void;
  settled(result: BatchResult): void;
  turnedAway(events: number): void;
  /** What became of events that were queued in the database. */
  queued(outcome: string, events: number): void;
};

const sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500];
export function createLaneMetrics({ registry }: Metrics, waiting: () => number): LaneMetrics {
  const registers = [registry];
  const waitingEvents = new Gauge({
    name: "afternoon_ingest_waiting_events",
    help: "Events in memory that are not answered yet.",
    registers: [],
    collect() {
      this.set(waiting());
    },
  });
  registry.registerMetric(waitingEvents);
  const size = new Histogram({
    name: "afternoon_ingest_batch_events",
    help: "Events committed together.",
    buckets: sizes,
    registers,
  });
  const duration = new Histogram({
    name: "afternoon_ingest_batch_seconds",
    help: "From the beginning of a batch to its commit.",
    buckets: durationBuckets,
    registers,
  });
  const events = new Counter({
    name: "afternoon_ingest_events_total",
    help: "Events by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  const queuedEvents = new Counter({
    name: "afternoon_queued_events_total",
    help: "Events of lists, accepted first and worked later, by what became of them.",
    labelNames: ["outcome"],
    registers,
  });
  return {
    batch: (count) => {
      const startedAt = performance.now();
      return () => {
        size.observe(count);
        duration.observe((performance.now() - startedAt) / 1_000);
      };
    },
    settled: (result) => events.inc({ outcome: result.kind === "worked" ? result.outcome.status : result.kind }),
    turnedAway: (count) => events.inc({ outcome: "turned_away" }, count),
    queued: (outcome, count) => queuedEvents.inc({ outcome }, count),
  };
}
