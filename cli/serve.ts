import { parseArgs } from "node:util";
import { pino, type Logger } from "pino";
import { readConfig, type Config } from "../server/src/config.ts";
import type { DemoFile } from "../server/src/companies/demo.ts";
import { startAfternoon, startWorker, type RunningAfternoon, type WorkerSettings } from "../server/src/main.ts";
import { connectToPrimary, isWorker } from "../server/src/platform/workers/primary.ts";

/** Serves until a signal asks to stop; resolves with the exit code once everything has ended in order. */
export async function serve(args: string[]): Promise<number> {
  if (isWorker) return serveAsWorker();
  const startedAt = performance.now();
  const config = readServeConfig(args);
  const stopAsked = signalToStop();
  const afternoon = await startAfternoon(config, createLog(config));
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(
    `Afternoon is ready at ${afternoon.baseUrl} (${seconds} s). Documentation: ${afternoon.baseUrl}/docs\n`,
  );
  if (afternoon.createdDemo !== null) process.stdout.write(welcome(afternoon.createdDemo, config.dataDir));
  if (afternoon.setupUrl !== null)
    process.stdout.write(`\nNobody can sign in to the dashboard yet. Become its first owner: ${afternoon.setupUrl}\n`);
  await stopAsked;
  killAtSecondSignal(afternoon);
  return end(afternoon);
}

function readServeConfig(args: string[]): Config {
  const { values } = parseArgs({ args, options: { processes: { type: "string" } } });
  return readConfig({ ...process.env, ...(values.processes === undefined ? {} : { PROCESSES: values.processes }) });
}

const createLog = (config: Config): Logger => pino({ level: config.logLevel });

/** Serves as one of several processes, until the primary says to stop. */
async function serveAsWorker(): Promise<number> {
  const primary = connectToPrimary<WorkerSettings>();
  try {
    const { config, number } = await primary.settings;
    const worker = await startWorker(config, createLog(config).child({ worker: number }), primary.metrics);
    primary.tellReady(worker.baseUrl);
    await primary.stopAsked;
    await worker.stop();
    return 0;
  } catch (error) {
    primary.tellFailed(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    primary.leave();
  }
}

async function end(afternoon: RunningAfternoon): Promise<number> {
  process.stdout.write("Stopping: requests in flight and jobs finish, then the database ends.\n");
  await afternoon.stop();
  process.stdout.write("Stopped.\n");
  return 0;
}

/** Whoever asks twice does not want to wait for what is in flight. */
function killAtSecondSignal(afternoon: RunningAfternoon): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      afternoon.kill();
      process.kill(process.pid, signal);
    });
  }
}

const parentCheckMs = 250;

/**
 * Resolves at SIGINT or SIGTERM. `npm start` puts a shell between npm and us that does not pass SIGTERM on but ends; so started
 * by npm, losing the parent is the signal.
 */
function signalToStop(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGINT", () => resolve());
    process.once("SIGTERM", () => resolve());
    if (process.env.npm_lifecycle_event === undefined) return;
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && resolve(), parentCheckMs).unref();
  });
}

function welcome(demo: DemoFile, dataDir: string): string {
  return `
This is the first start: the company "Demo" has a live and a test key, kept in ${dataDir}/demo.json.
Make a first customer:

  curl -s ${demo.base_url}/v1/customers \\
    -H "Authorization: Bearer ${demo.test_api_key}" \\
    -H "Content-Type: application/json" \\
    -d '{"name": "Acme Corp", "email": "billing@acme.com", "external_id": "cust_123"}'

Or fill the test mode with an example and watch balances fall: npm run demo
The quickstart goes on from here: ${demo.base_url}/docs/quickstart
`;
}
