import type { MetricsSnapshot } from "../metrics.ts";

/** What the primary tells a worker. */
export type ToWorker<Settings> =
  | { kind: "serve"; settings: Settings }
  | { kind: "stop" }
  /** It is asked for its own metrics. */
  | { kind: "tell_metrics"; id: number }
  /** The answer to `read_metrics`; null if a worker did not answer. */
  | { kind: "all_metrics"; id: number; text: string | null };

/** What a worker tells the primary. */
export type FromWorker =
  /** It listens to what it is told. What was said before is lost. */
  | { kind: "started" }
  | { kind: "ready"; baseUrl: string }
  /** It cannot start, and why, in a sentence for the operator. */
  | { kind: "failed"; message: string }
  /** The answer to `tell_metrics`. */
  | { kind: "own_metrics"; id: number; snapshot: MetricsSnapshot }
  /** It was asked for the metrics of all workers. */
  | { kind: "read_metrics"; id: number };
