import path from "node:path";
import { parseArgs } from "node:util";
import { AfternoonClient, AuthenticationError, ConnectionError, TimeoutError } from "../sdk/src/index.ts";
import { readConfig } from "../server/src/config.ts";
import { readDemoFile, type DemoFile } from "../server/src/companies/demo.ts";
import { runDemo } from "./demo/run.ts";
import { createScreen } from "./screen.ts";

const usage = `Usage: npm run demo -- [options]

  --events N     How many events to stream (default 500).
  --rate N       Events per second (default 10; the server takes 1,000 requests a minute unless told otherwise).
  --continuous   Stream until Ctrl-C.`;

/** Fills the test mode of the running server and streams events; resolves with the exit code. */
export async function demo(args: string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const options = readOptions(args);
  const file = await findServer(readConfig(process.env).dataDir);
  const screen = createScreen(process.stdout);
  const signals = listenForSignals(() => screen.print("Stopping after the event in flight."));
  screen.print(`Filling the test mode of ${file.base_url} through its API.`);
  try {
    await runDemo({
      ...options,
      ...signals,
      screen,
      baseUrl: file.base_url,
      token: file.test_api_key,
      now: () => new Date(),
    });
  } catch (error) {
    if (!signals.abandon.aborted) throw explain(error, file);
  }
  screen.print(`Every balance, ledger and event of it can be asked for: ${file.base_url}/docs`);
  return 0;
}

type Options = { events: number | null; ratePerSecond: number };

/** @throws Error with the usage in its message. */
export function readOptions(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      allowPositionals: true,
      options: { events: { type: "string" }, rate: { type: "string" }, continuous: { type: "boolean" } },
    });
    const events = wholeNumber("--events", values.events ?? "500");
    return {
      events: values.continuous === true ? null : events,
      ratePerSecond: wholeNumber("--rate", values.rate ?? "10"),
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`, { cause: error });
  }
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`${name} must be a whole number from 1 to 9999999, not "${text}".`);
  return Number.parseInt(text, 10);
}

/** @throws Error that says what to do where there is no `demo.json` or nobody answers at its address. */
export async function findServer(dataDir: string): Promise<DemoFile> {
  const name = path.join(dataDir, "demo.json");
  const file = await readDemoFile(name);
  if (file === null)
    throw new Error(`There is no ${name} to read: it appears when the server starts. Start it with npm start first.`);
  try {
    await new AfternoonClient({ token: file.test_api_key, baseUrl: file.base_url, maxRetries: 0 }).health.check();
  } catch (error) {
    throw explain(error, file);
  }
  return file;
}

function explain(error: unknown, { base_url }: DemoFile): unknown {
  if (error instanceof ConnectionError || error instanceof TimeoutError) {
    return new Error(`The server at ${base_url} does not answer. Start it with npm start first.`, { cause: error });
  }
  if (error instanceof AuthenticationError) {
    return new Error(`The server at ${base_url} does not know the key in demo.json: is it another server's?`, {
      cause: error,
    });
  }
  return error;
}

/** Long enough for an event in flight, short enough for somebody who wants to leave while the rate limit holds it up. */
const patienceMs = 1_000;

/** A second Ctrl-C ends the program at once, as it does without us. */
function listenForSignals(onStop: () => void): { stop: AbortSignal; abandon: AbortSignal } {
  const stop = new AbortController();
  const abandon = new AbortController();
  const end = () => {
    if (stop.signal.aborted) return;
    onStop();
    stop.abort();
    setTimeout(() => abandon.abort(), patienceMs).unref();
  };
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  return { stop: stop.signal, abandon: abandon.signal };
}
