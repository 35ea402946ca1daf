import { pino } from "pino";
import { readConfig } from "../server/src/config.ts";
import type { DemoFile } from "../server/src/companies/demo.ts";
import { startAfternoon, type RunningAfternoon } from "../server/src/main.ts";

/** Serves until a signal asks to stop; resolves with the exit code once everything has ended in order. */
export async function serve(): Promise<number> {
  const startedAt = performance.now();
  const config = readConfig(process.env);
  const log = pino({ level: config.logLevel });
  const stopAsked = signalToStop();
  const starting = startAfternoon(config, log);
  const afternoon = await starting;
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(
    `Afternoon is ready at ${afternoon.baseUrl} (${seconds} s). Documentation: ${afternoon.baseUrl}/docs\n`,
  );
  if (afternoon.createdDemo !== null) process.stdout.write(welcome(afternoon.createdDemo, config.dataDir));
  await stopAsked;
  return end(afternoon);
}

async function end(afternoon: RunningAfternoon): Promise<number> {
  process.stdout.write("Stopping: requests in flight finish, then jobs, then the database.\n");
  await afternoon.stop();
  process.stdout.write("Stopped.\n");
  return 0;
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
