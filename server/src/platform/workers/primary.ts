import cluster from "node:cluster";
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
  /** The metrics of all workers, added up. @throws Error if one of them does not answer. */
  readMetrics(): Promise<string>;
  /** Lets go of the primary, so that this process can end. */
  leave(): void;
};

/** Connects this worker to its primary. The signals that end a server are left to the primary: they often reach all its processes. */
export function connectToPrimary<Settings>(): Primary<Settings> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  const asked = new Map<number, (text: string | null) => void>();
  let lastId = 0;
  let begin = (_settings: Settings) => {};
  let stop = () => {};
  const settings = new Promise<Settings>((resolve) => (begin = resolve));
  const stopAsked = new Promise<void>((resolve) => (stop = resolve));
  process.on("message", (message: ToWorker<Settings>) => {
    if (message.kind === "serve") begin(message.settings);
    if (message.kind === "stop") stop();
    if (message.kind === "metrics") {
      asked.get(message.id)?.(message.text);
      asked.delete(message.id);
    }
  });
  tell({ kind: "started" });
  return {
    settings,
    stopAsked,
    tellReady: (baseUrl) => tell({ kind: "ready", baseUrl }),
    tellFailed: (message) => tell({ kind: "failed", message }),
    readMetrics: async () => {
      const id = (lastId += 1);
      const text = await new Promise<string | null>((resolve) => {
        asked.set(id, resolve);
        tell({ kind: "metrics", id });
      });
      if (text === null) throw new Error("a worker did not tell its metrics in time");
      return text;
    },
    leave: () => cluster.worker?.disconnect(),
  };
}

function tell(message: FromWorker): void {
  // It fails only if the primary is gone, and then this process ends.
  process.send?.(message, undefined, undefined, () => undefined);
}
