import cluster, { type Worker } from "node:cluster";
import type { FromWorker, ToWorker } from "./messages.ts";

/** One worker, as the primary sees it. */
export type WorkerProcess = {
  processId: number;
  /** Resolves to where it serves. @throws Error with a sentence for the operator if it ends before. */
  ready: Promise<string>;
  /** Resolves when the process has ended, to how it ended. */
  ended: Promise<string>;
  /** Asks it to finish what it has taken; resolves when it has ended. */
  stop(): Promise<void>;
  kill(): void;
};

/** Starts a process of this program that serves by `settings`, and answers when it asks for the metrics of all. */
export function forkWorker(settings: unknown, readMetrics: () => Promise<string>): WorkerProcess {
  const worker = cluster.fork();
  // What cannot be sent is for a worker that is ending, and `ended` tells of it.
  worker.on("error", () => undefined);
  const ended = new Promise<string>((resolve) =>
    worker.once("exit", (status: number, signal: string) =>
      resolve(signal === null ? `exit status ${status}` : `signal ${signal}`),
    ),
  );
  const ready = readiness(worker, ended);
  // Whoever waits for it gets the failure; nobody has to.
  ready.catch(() => undefined);
  const started = new Promise<void>((resolve) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "started") resolve();
      if (message.kind === "metrics") void answerMetrics(worker, message.id, readMetrics);
    });
  });
  void started.then(() => tell(worker, { kind: "serve", settings }));
  return {
    processId: worker.process.pid ?? 0,
    ready,
    ended,
    stop: async () => {
      void started.then(() => tell(worker, { kind: "stop" }));
      await ended;
    },
    kill: () => void worker.process.kill("SIGKILL"),
  };
}

function readiness(worker: Worker, ended: Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "ready") resolve(message.baseUrl);
      if (message.kind === "failed") reject(new Error(message.message));
    });
    void ended.then((end) => reject(new Error(`A worker ended before it was ready (${end}).`)));
  });
}

async function answerMetrics(worker: Worker, id: number, readMetrics: () => Promise<string>): Promise<void> {
  const text = await readMetrics().catch(() => null);
  tell(worker, { kind: "metrics", id, text });
}

function tell(worker: Worker, message: ToWorker<unknown>): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}
