import { setTimeout as delay } from "node:timers/promises";
import { EventEmitter } from "node:events";
import {
  Logger as WorkerLogger,
  parseCronItems,
  run,
  runMigrations,
  type Runner,
  type WorkerEvents,
} from "graphile-worker";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Clock } from "./clock.ts";
import type { Database } from "./db.ts";
import { openConnections } from "./pool.ts";
import { withinTime } from "./within-time.ts";

/** Work that is done again and again in the background. It must be safe to run twice, also at the same time. */
export type RecurringJob = {
  name: string;
  run(context: JobContext): Promise<void>;
} & (
  | {
      /** When, as a crontab line in UTC; one process takes it. */
      crontab: string;
    }
  | {
      /** How long after it was done last, in every process: for a look that costs nothing and must not wait for the minute. */
      pauseMs: number;
    }
);

export type JobContext = { database: Database; clock: Clock; log: Logger };

export type JobRunner = {
  /** Lets running jobs finish and takes no more. */
  stop(): Promise<void>;
};

const restartPauseMs = 1_000;
/** The worker's statements find their rows by key; a connection on which one has no answer for so long is silent. */
const answerTimeoutMs = 15_000;
/** After that long a runner is not waiting for a job but for a database that says nothing. */
const stopGraceMs = 10_000;

/** Starts working `jobs`, and goes on after a loss of the database. Several processes may: each due run is taken by one of them. */
export async function startJobs(
  connectionString: string,
  jobs: RecurringJob[],
  context: JobContext,
): Promise<JobRunner> {
  // A pool of our own: the worker's does not listen to a connection that the database ends while it is stopping.
  const connections = openConnections(
    { connectionString, max: 4, application_name: "afternoon jobs", answerTimeoutMs },
    (error) => context.log.warn({ err: error }, "a database connection of the jobs was lost"),
  );
  const { pool: pgPool } = connections;
  try {
    await runMigrations({ pgPool, logger: quietLogger(context.log) });
  } catch (error) {
    await connections.end();
    throw error;
  }
  const stopping = new AbortController();
  let runner: Runner | null = null;
  const pools: string[] = [];
  const repeated = jobs.flatMap((job) =>
    "pauseMs" in job ? [repeat(job, job.pauseMs, context, stopping.signal)] : [],
  );
  const lifetime = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await unlock(pgPool, pools);
        runner = await startRunner(pgPool, jobs, context, pools);
        if (stopping.signal.aborted) await runner.stop();
        await runner.promise;
      } catch (error) {
        context.log.warn({ err: error }, "the job runner stopped; starting it again");
      }
      runner = null;
      await delay(restartPauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      // A runner that is stopping already says so by throwing; `lifetime` waits for it either way.
      const stopped = Promise.all([runner?.stop().catch(() => {}), lifetime, ...repeated]);
      await withinTime<unknown>(stopped, stopGraceMs, () => connections.cut());
      await stopped;
      await connections.end();
    },
  };
}

/** Resolves when it is told to stop and the work under way is done. What fails is tried again after the pause. */
async function repeat(job: RecurringJob, pauseMs: number, context: JobContext, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await job.run(context).catch((error: unknown) => context.log.warn({ err: error, job: job.name }, "a job failed"));
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** What a runner had taken when the database was lost would stay taken for hours: it could not say any more that it was done or had failed. */
async function unlock(pgPool: Pool, pools: string[]): Promise<void> {
  if (pools.length === 0) return;
  await pgPool.query("select graphile_worker.force_unlock_workers($1::text[])", [pools]);
  pools.length = 0;
}

/** Notes in `pools` by which names it takes jobs. */
function startRunner(pgPool: Pool, jobs: RecurringJob[], context: JobContext, pools: string[]): Promise<Runner> {
  const events: WorkerEvents = new EventEmitter();
  events.on("pool:create", ({ workerPool }) => pools.push(workerPool.id));
  return run({
    events,
    // Without batches the worker waits for no answer when it says that a job is done or has failed, and its failure would end the process.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    pgPool,
    concurrency: 2,
    noHandleSignals: true,
    logger: quietLogger(context.log),
    taskList: Object.fromEntries(jobs.map((job) => [job.name, () => job.run(context)])),
    parsedCronItems: parseCronItems(
      jobs.flatMap((job) => ("crontab" in job ? [{ task: job.name, match: job.crontab, identifier: job.name }] : [])),
    ),
  });
}

/** The worker tells of every job it takes; only what went wrong is worth a line of ours. */
function quietLogger(log: Logger): WorkerLogger {
  return new WorkerLogger(() => (level, message, meta) => {
    if (/^(?:error|warning)$/.test(level)) log.warn({ meta }, message);
  });
}
