import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { joinSnapshots } from "../metrics.ts";
import { forkWorker, type WorkerProcess } from "./worker-process.ts";

export type WorkersOptions<Settings> = {
  count: number;
  /** What the worker of this number, from 1 on, is told to do. */
  settingsOf(number: number): Settings;
  log: Logger;
};

export type Workers = {
  baseUrl: string;
  /** Lets every worker finish what it has taken. */
  stop(): Promise<void>;
  /** Ends every worker at once. */
  kill(): void;
};

/**
 * Starts `count` processes of this program, which share the port that they listen on, and resolves when all are ready. One that ends
 * is started again, with longer and longer pauses while it does not last.
 * @throws Error with a worker's own sentence, if one cannot start; then none runs.
 */
export async function startWorkers<Settings>({ count, settingsOf, log }: WorkersOptions<Settings>): Promise<Workers> {
  const current = new Map<number, WorkerProcess>();
  const kill = () => current.forEach((worker) => worker.kill());
  const fork = (number: number) => {
    const worker = forkWorker(settingsOf(number), () => joinMetrics([...current.values()]));
    current.set(number, worker);
    return worker;
  };
  const first = Array.from({ length: count }, (_, index) => fork(index + 1));
  process.once("exit", kill);
  try {
    const [baseUrl = ""] = await Promise.all(first.map(({ ready }) => ready));
    const supervised = first.map((worker, index) =>
      supervise(worker, () => fork(index + 1), log.child({ worker: index + 1 })),
    );
    const stop = async () => {
      await Promise.all(supervised.map((each) => each.stop()));
      process.off("exit", kill);
    };
    return { baseUrl, stop, kill };
  } catch (error) {
    await Promise.all(first.map((worker) => worker.stop()));
    process.off("exit", kill);
    throw error;
  }
}

/** The metrics of all that run, as one text. A worker that has just ended, or does not listen yet, counts for nothing. */
async function joinMetrics(workers: WorkerProcess[]): Promise<string> {
  const snapshots = await Promise.all(workers.map((worker) => worker.readMetrics()));
  return joinSnapshots(snapshots.filter((snapshot) => snapshot !== null));
}

type Supervised = { stop(): Promise<void> };

const shortestPauseMs = 50;
const longestPauseMs = 10_000;
/** A worker that has lasted so long did not end because of how it started. */
const steadyAfterMs = 60_000;
/** Longer than anything that a worker lets itself take: what is left then hangs. */
const stopPatienceMs = 60_000;

/** Starts the worker again whenever it ends, until it is stopped. */
function supervise(started: WorkerProcess, fork: () => WorkerProcess, log: Logger): Supervised {
  const stopping = new AbortController();
  let current = started;
  const lifetime = (async () => {
    for (let failures = 0; ; failures++) {
      const startedAt = performance.now();
      const end = await current.ended;
      if (stopping.signal.aborted) return;
      if (performance.now() - startedAt > steadyAfterMs) failures = 0;
      log.error({ processId: current.processId, end }, "a worker ended unexpectedly; starting it again");
      if (failures > 0) await pause(Math.min(longestPauseMs, shortestPauseMs * 2 ** failures), stopping.signal);
      if (stopping.signal.aborted) return;
      current = fork();
      tellWhenReady(current, log);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      const worker = current;
      const lastResort = setTimeout(() => {
        log.error({ processId: worker.processId }, "a worker does not end; killing it");
        worker.kill();
      }, stopPatienceMs);
      await worker.stop();
      clearTimeout(lastResort);
      await lifetime;
    },
  };
}

function tellWhenReady({ ready, processId }: WorkerProcess, log: Logger): void {
  ready.then(
    () => log.warn({ processId }, "a worker is ready in place of the one that ended"),
    (error: unknown) => log.error({ err: error, processId }, "a worker could not be started again"),
  );
}

/** Resolves after `milliseconds`, or as soon as `stopping` is aborted. */
async function pause(milliseconds: number, stopping: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal: stopping }).catch((error: unknown) => {
    if (!stopping.aborted) throw error;
  });
}
