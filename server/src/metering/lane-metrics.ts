import type { Metrics } from "../platform/metrics.ts";
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
const seconds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

export function createLaneMetrics(metrics: Metrics, waiting: () => number): LaneMetrics {
  metrics.gauge("afternoon_ingest_waiting_events", "Events in memory that are not answered yet.", waiting);
  const observeSize = metrics.histogram("afternoon_ingest_batch_events", "Events committed together.", sizes);
  const observeCommit = metrics.histogram(
    "afternoon_ingest_batch_seconds",
    "From the beginning of a batch to its commit.",
    seconds,
  );
  const count = metrics.counter("afternoon_ingest_events_total", "Events by what became of them.");
  const countQueued = metrics.counter(
    "afternoon_queued_events_total",
    "Events of lists, accepted first and worked later, by what became of them.",
  );
  return {
    batch: (size) => {
      const startedAt = performance.now();
      return () => {
        observeSize(size);
        observeCommit((performance.now() - startedAt) / 1_000);
      };
    },
    settled: (result) => count({ outcome: result.kind === "worked" ? result.outcome.status : result.kind }),
    turnedAway: (events) => count({ outcome: "turned_away" }, events),
    queued: (outcome, events) => countQueued({ outcome }, events),
  };
}
