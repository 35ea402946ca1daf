#!/usr/bin/env node
import { runBilling } from "./billing.ts";
import { demo } from "./demo.ts";
import { runEvents } from "./events.ts";
import { runMigrate } from "./migrate.ts";
import { runResetPassword } from "./reset-password.ts";
import { serve } from "./serve.ts";
import { runVerify } from "./verify.ts";

type Command = { summary: string; run(args: string[]): Promise<number> };

const commands = new Map<string, Command>(
  Object.entries({
    serve: {
      summary:
        "Start the API, its jobs and, without DATABASE_URL, the embedded PostgreSQL; with --processes N in N processes.",
      run: serve,
    },
    demo: { summary: "Fill the test mode of a running server with an AI product and stream events.", run: demo },
    migrate: { summary: "Bring the database at DATABASE_URL to the newest schema and stop.", run: runMigrate },
    events: {
      summary:
        "Import events from CSV or NDJSON, export them, or archive old months: events import, export, archive, restore.",
      run: runEvents,
    },
    billing: { summary: "List what is due for billing, or bill it now: billing due, billing run.", run: runBilling },
    "reset-password": {
      summary: "Print the link by which a member chooses a new password: reset-password EMAIL.",
      run: runResetPassword,
    },
    verify: {
      summary:
        "Recompute every wallet from its ledger; with --rerate, every event's cost; with --invoices, every finalized invoice's lines.",
      run: runVerify,
    },
  }),
);

const usage = `Usage: afternoon <command>

${[...commands].map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`).join("\n")}

Settings are environment variables: PROCESSES, PORT, HOST, PUBLIC_URL, DATA_DIR, DATABASE_URL, RATE_LIMIT_PER_MINUTE, PREPARED_STATEMENTS, INGEST_LANES,
METRICS, SMTP_URL, MAIL_FROM, SECRET_KEY, LOG_LEVEL.
`;

async function main([name, ...args]: string[]): Promise<number> {
  const command = commands.get(name ?? "");
  if (command !== undefined) return command.run(args);
  const isHelp = name === "--help" || name === "-h" || name === "help";
  (isHelp ? process.stdout : process.stderr).write(usage);
  return isHelp ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.LOG_LEVEL === "debug") console.error(error);
  process.exitCode = 1;
}
