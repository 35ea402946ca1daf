import { parseArgs } from "node:util";
import { pino } from "pino";
import { createCatalogReader, findMeterHistory } from "../server/src/catalog/catalog.ts";
import { readConfig } from "../server/src/config.ts";
import { parseInstant } from "../server/src/http/fields.ts";
import { openDatabase } from "../server/src/main.ts";
import { rerateEvents, type RerateScope } from "../server/src/metering/rerate.ts";
import { verifyInvoices } from "../server/src/renewals/renewals.ts";
import { systemClock } from "../server/src/platform/clock.ts";
import type { Database } from "../server/src/platform/db.ts";
import { verifyWallets } from "../server/src/wallets/verify.ts";

/**
 * Checks the books; exit code 1 if anything does not agree. `--rerate` also computes what every event cost again, from the events and
 * the plan versions alone: of one `--customer`, or of the events `--from` an instant and before another, `--to`. `--invoices` makes the lines of all
 * finalized invoices again from what was kept of them.
 */
export async function runVerify(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      rerate: { type: "boolean", default: false },
      invoices: { type: "boolean", default: false },
      customer: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
    },
  });
  const scope = {
    customerId: values.customer ?? null,
    from: instant("from", values.from),
    to: instant("to", values.to),
  };
  const config = readConfig(process.env);
  const { database, close } = await openDatabase(config, pino({ level: config.logLevel }));
  try {
    const problems = await reportWallets(database);
    const ofEvents = values.rerate ? await reportEvents(database, scope) : 0;
    const ofInvoices = values.invoices ? await reportInvoices(database) : 0;
    return problems + ofEvents + ofInvoices === 0 ? 0 : 1;
  } finally {
    await close();
  }
}

async function reportWallets(database: Database): Promise<number> {
  const { wallets, entries, problems } = await verifyWallets(database);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(`${wallets} wallets and ${entries} ledger entries checked; ${problems.length} problems.\n`);
  return problems.length;
}

async function reportEvents(database: Database, scope: RerateScope): Promise<number> {
  const { planVersion } = createCatalogReader(systemClock);
  const catalog = { planVersion, meterHistory: findMeterHistory };
  const { customers, events, voids, taken, problems } = await rerateEvents(database, catalog, scope, systemClock.now());
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  const untold = taken === 0 ? "" : ` ${taken} of them count with archived events, and were taken as they are stored;`;
  process.stdout.write(
    `${events} events and ${voids} voidings of ${customers} customers rated again;${untold} ${problems.length} differences.\n`,
  );
  return problems.length;
}

async function reportInvoices(database: Database): Promise<number> {
  const { invoices, lines, withoutInputs, problems } = await verifyInvoices(database, createCatalogReader(systemClock));
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  const untold = withoutInputs === 0 ? "" : ` ${withoutInputs} lines are older than what they were made of;`;
  process.stdout.write(
    `${invoices} finalized invoices with ${lines} lines made again;${untold} ${problems.length} differences.\n`,
  );
  return problems.length;
}

function instant(name: string, text: string | undefined): Date | null {
  if (text === undefined) return null;
  const read = parseInstant(text);
  if (read === null) throw new Error(`--${name} must be an instant in ISO 8601, like 2026-01-01T00:00:00Z.`);
  return read;
}
