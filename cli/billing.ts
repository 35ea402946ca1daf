import { parseArgs } from "node:util";
import { pino } from "pino";
import { createCatalogReader } from "../server/src/catalog/catalog.ts";
import { readConfig } from "../server/src/config.ts";
import { parseInstant } from "../server/src/http/fields.ts";
import { openDatabase } from "../server/src/main.ts";
import { systemClock } from "../server/src/platform/clock.ts";
import type { Database } from "../server/src/platform/db.ts";
import { billDue, listDue, type BillingRun } from "../server/src/renewals/renewals.ts";

const usage = `Usage: afternoon billing due [--at INSTANT]
       afternoon billing run

due   Lists what a billing run would do, oldest first, and changes nothing; with --at as if it were that instant.
run   Does it now. A running server does so by itself every minute; both may run at once.
`;

/** What is due for billing, listed or done; exit code 1 if a customer could not be billed. */
export async function runBilling([action, ...args]: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { at: { type: "string" } } });
  if ((action !== "due" && action !== "run") || (action === "run" && values.at !== undefined)) {
    process.stderr.write(usage);
    return 1;
  }
  const at = values.at === undefined ? systemClock.now() : parseInstant(values.at);
  if (at === null) throw new Error("--at must be an instant in ISO 8601, like 2026-01-01T00:00:00Z.");
  const config = readConfig(process.env);
  const { database, close } = await openDatabase(config, pino({ level: config.logLevel }));
  try {
    return action === "due" ? await reportDue(database, at) : await runDue(database, at);
  } finally {
    await close();
  }
}

async function reportDue(database: Database, at: Date): Promise<number> {
  let count = 0;
  const customers = new Set<string>();
  for await (const { at: due, type, subscriptionId, customerId } of listDue(
    database,
    createCatalogReader(systemClock),
    at,
  )) {
    process.stdout.write(
      `${due.toISOString()}  ${type.padEnd(16)}subscription ${subscriptionId}  customer ${customerId}\n`,
    );
    customers.add(customerId);
    count += 1;
  }
  process.stdout.write(`${count} due for ${customers.size} customers.\n`);
  return 0;
}

async function runDue(database: Database, at: Date): Promise<number> {
  const { customers, failures } = await billDue(database, createCatalogReader(systemClock), at, showProgress);
  if (process.stdout.isTTY) process.stdout.write("\n");
  for (const { key, error } of failures)
    process.stdout.write(
      `Customer ${key.customerId} could not be billed: ${error instanceof Error ? error.message : String(error)}\n`,
    );
  process.stdout.write(`${customers} customers billed; ${failures.length} could not be.\n`);
  return failures.length === 0 ? 0 : 1;
}

function showProgress({ customers }: BillingRun): void {
  if (process.stdout.isTTY) process.stdout.write(`\rbilled: ${customers} customers`);
}
