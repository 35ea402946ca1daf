#!/usr/bin/env node
import { parseArgs } from "node:util";
import { demo } from "./demo.ts";
import { runMigrate } from "./migrate.ts";
import { serve } from "./serve.ts";
import { runVerify } from "./verify.ts";

type Command = { summary: string; run(args: string[]): Promise<number> };

const commands: Record<string, Command> = {
  serve: { summary: "Start the API, the workers and, without DATABASE_URL, the embedded PostgreSQL.", run: serve },
  demo: { summary: "Fill the test mode of a running server with an AI product and stream events.", run: demo },
  migrate: { summary: "Bring the database at DATABASE_URL to the newest schema and stop.", run: runMigrate },
  verify: { summary: "Recompute every wallet from its ledger and report what does not agree.", run: runVerify },
};

const usage = `Usage: afternoon <command>

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)}${summary}`)
  .join("\n")}

Settings are environment variables: PORT, HOST, DATA_DIR, DATABASE_URL, RATE_LIMIT_PER_MINUTE, PREPARED_STATEMENTS, LOG_LEVEL.
`;

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    strict: false,
    options: { help: { type: "boolean", short: "h" } },
  });
  const [name, ...args] = positionals;
  const command = name === undefined ? undefined : commands[name];
  if (values.help === true || command === undefined) {
    (values.help === true ? process.stdout : process.stderr).write(usage);
    return values.help === true ? 0 : 1;
  }
  return command.run(args);
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  if (process.env.LOG_LEVEL === "debug") console.error(error);
  process.exitCode = 1;
}
