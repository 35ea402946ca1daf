import { pino } from "pino";
import { readConfig } from "../server/src/config.ts";
import { openDatabase } from "../server/src/main.ts";
import { verifyWallets } from "../server/src/wallets/verify.ts";

/** Checks the books; exit code 1 if anything does not agree. */
export async function runVerify(): Promise<number> {
  const config = readConfig(process.env);
  const { database, close } = await openDatabase(config, pino({ level: config.logLevel }));
  try {
    const { wallets, entries, problems } = await verifyWallets(database);
    for (const problem of problems) process.stdout.write(`${problem}\n`);
    process.stdout.write(`${wallets} wallets and ${entries} ledger entries checked; ${problems.length} problems.\n`);
    return problems.length === 0 ? 0 : 1;
  } finally {
    await close();
  }
}
