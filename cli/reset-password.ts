import { parseArgs } from "node:util";
import { pino } from "pino";
import { readConfig } from "../server/src/config.ts";
import { createResetLink, endSecondFactorOf } from "../server/src/dashboard-access/dashboard-access.ts";
import { openDatabase } from "../server/src/main.ts";
import { systemClock } from "../server/src/platform/clock.ts";

const usage = `Usage: afternoon reset-password EMAIL [--without-second-factor]

Prints the link by which the member with this email chooses a new password: once, within an hour. With --without-second-factor their second
factor is also turned off, for whoever has lost their app and their recovery codes. The embedded database must not be in use: stop the server first.
`;

/** For installations without a mail server; exit code 1 if there is no such member. */
export async function runResetPassword(args: string[]): Promise<number> {
  const options = { "without-second-factor": { type: "boolean", default: false } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [email, ...rest] = positionals.map((text) => text.toLowerCase());
  if (email === undefined || rest.length > 0) {
    process.stderr.write(usage);
    return 1;
  }
  const config = readConfig(process.env);
  const { database, close } = await openDatabase(config, pino({ level: config.logLevel }));
  try {
    const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`;
    const link = await createResetLink(database, email, publicUrl, systemClock.now());
    if (link === null) {
      process.stderr.write(`There is no member with the email ${email}.\n`);
      return 1;
    }
    if (values["without-second-factor"]) await endSecondFactorOf(database, email);
    process.stdout.write(`${link}\n`);
    return 0;
  } finally {
    await close();
  }
}
