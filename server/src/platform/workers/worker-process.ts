import cluster, { type Worker } from "node:cluster";
import type { MetricsSnapshot } from "../metrics.ts";
import { withinTime } from "../within-time.ts";
import { closeWhatIsLost } from "./handed-over.ts";
import type { FromWorker, ToWorker } from "./messages.ts";

/** One worker, as the primary sees it. */
export type WorkerProcess = {
  processId: number;
  /** Resolves to where it serves. @throws Error with a sentence for the operator if it ends before. */
  ready: Promise<string>;
  /** Resolves when the process has ended, to how it ended. */
  ended: Promise<string>;
  /** Its metrics; null if it has not started yet or has ended. @throws Error if it does not answer in time. */
  readMetrics(): Promise<MetricsSnapshot | null>;
  /** Asks it to finish what it has taken; resolves when it has ended. */
  stop(): Promise<void>;
  kill(): void;
};

/** Starts a process of this program that serves by `settings`, and answers it by `readAllMetrics` when it asks. */
export function forkWorker(settings: unknown, readAllMetrics: () => Promise<string>): WorkerProcess {
  const worker = cluster.fork();
  closeWhatIsLost(worker);
  // What cannot be sent is for a worker that is ending, and `ended` tells of it.
  worker.on("error", () => undefined);
  const ended = new Promise<string>((resolve) =>
    worker.once("exit", (status: number, signal: string | null) =>
      resolve(signal === null ? `exit status ${status}` : `signal ${signal}`),
    ),
  );
  const ready = readiness(worker, ended);
  // Whoever waits for it gets the failure; nobody has to.
  ready.catch(() => undefined);
  let hasStarted = false;
  const started = new Promise<void>((resolve) => {
    worker.on("message", (message: FromWorker) => {
      if (message.kind === "read_metrics") void answerMetrics(worker, message.id, readAllMetrics);
      if (message.kind !== "started") return;
      hasStarted = true;
      resolve();
    });
  });
  void started.then(() => tell(worker, { kind: "serve", settings }));
  return {
    processId: worker.process.pid ?? 0,
    ready,
    ended,
    readMetrics: async () => (hasStarted && worker.isConnected() ? askForMetrics(worker, ended) : null),
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

const metricsPatienceMs = 5_000;
let lastId = 0;

async function askForMetrics(worker: Worker, ended: Promise<string>): Promise<MetricsSnapshot | null> {
  const id = (lastId += 1);
  let listener = (_message: FromWorker) => {};
  const answered = new Promise<MetricsSnapshot | null>((resolve) => {
    listener = (message) => {
      if (message.kind === "own_metrics" && message.id === id) resolve(message.snapshot);
    };
    worker.on("message", listener);
    void ended.then(() => resolve(null));
    tell(worker, { kind: "tell_metrics", id });
  });
  try {
    return await withinTime(answered, metricsPatienceMs, () => {
      throw new Error("a worker does not tell its metrics");
    });
  } finally {
    worker.off("message", listener);
  }
}

async function answerMetrics(worker: Worker, id: number, readAllMetrics: () => Promise<string>): Promise<void> {
  const text = await readAllMetrics().catch(() => null);
  tell(worker, { kind: "all_metrics", id, text });
}

function tell(worker: Worker, message: ToWorker<unknown>): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}
