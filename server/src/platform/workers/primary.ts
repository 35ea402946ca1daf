import cluster from "node:cluster";
import { createWorkerMetrics, takeSnapshot, type Metrics } from "../metrics.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** Whether this process is a worker of another one. */
export const isWorker = cluster.isWorker;

/** The primary, as a worker sees it. If it dies, the worker ends with it. */
export type Primary<Settings> = {
  /** Resolves to what this worker is to do. */
  settings: Promise<Settings>;
  /** Resolves when it is to finish what it has taken and end. */
  stopAsked: Promise<void>;
  tellReady(baseUrl: string): void;
  tellFailed(message: string): void;
  /** Where this worker counts. The text is that of all workers, and an error if one of them does not answer. */
  metrics: Metrics;
  /** Lets go of the primary, so that this process can end. */
  leave(): void;
};

/** Connects this worker to its primary. The signals that end a server are left to the primary: they often reach all its processes. */
export function connectToPrimary<Settings>(): Primary<Settings> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const questions = new Map<number, (text: string | null) => void>();
  let lastId = 0;
  const metrics = createWorkerMetrics(async () => {
    const id = (lastId += 1);
    const text = await new Promise<string | null>((resolve) => {
      questions.set(id, resolve);
      tell({ kind: "read_metrics", id });
    });
    if (text === null) throw new Error("a worker did not tell its metrics in time");
    return text;
  });
  let begin = (_settings: Settings) => {};
  let stop = () => {};
  const settings = new Promise<Settings>((resolve) => (begin = resolve));
  const stopAsked = new Promise<void>((resolve) => (stop = resolve));
  process.on("message", (message: ToWorker<Settings>) => {
    if (message.kind === "serve") begin(message.settings);
    if (message.kind === "stop") stop();
    if (message.kind === "tell_metrics") void tellMetrics(metrics, message.id);
    if (message.kind === "all_metrics") {
      questions.get(message.id)?.(message.text);
      questions.delete(message.id);
    }
  });
  tell({ kind: "started" });
  return {
    settings,
    stopAsked,
    tellReady: (baseUrl) => tell({ kind: "ready", baseUrl }),
    tellFailed: (message) => tell({ kind: "failed", message }),
    metrics,
    leave: () => cluster.worker?.disconnect(),
  };
}

async function tellMetrics(metrics: Metrics, id: number): Promise<void> {
  tell({ kind: "own_metrics", id, snapshot: await takeSnapshot(metrics) });
}

function tell(message: FromWorker): void {
  // It fails only if the primary is gone, and then this process ends.
  process.send?.(message, undefined, undefined, () => undefined);
}
