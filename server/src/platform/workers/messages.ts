/** What the primary tells a worker. */
export type ToWorker<Settings> =
  | { kind: "serve"; settings: Settings }
  | { kind: "stop" }
  /** The answer to `metrics`; null if a worker did not answer. */
  | { kind: "metrics"; id: number; text: string | null };

/** What a worker tells the primary. */
export type FromWorker =
  /** It listens to what it is told. What was said before is lost. */
  | { kind: "started" }
  | { kind: "ready"; baseUrl: string }
  /** It cannot start, and why, in a sentence for the operator. */
  | { kind: "failed"; message: string }
  /** It was asked for the metrics of all. */
  | { kind: "metrics"; id: number };
