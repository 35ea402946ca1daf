import { availableParallelism } from "node:os";
import path from "node:path";

/** Everything that can be set from outside, read once at the start and passed on; nothing else reads the environment. */
export type Config = {
  /** How many processes serve on the port; one does it all by itself. */
  processes: number;
  port: number;
  host: string;
  dataDir: string;
  /** Where customers reach this server; null is the address on this machine. */
  publicUrl: string | null;
  /** An external PostgreSQL (15 or later); null starts the embedded one. */
  databaseUrl: string | null;
  /** The same PostgreSQL past a pooler, for migrations and jobs, which need a session; null where DATABASE_URL is direct. */
  directDatabaseUrl: string | null;
  /** Requests per minute and company; 0 is no limit. A company's own setting wins. */
  rateLimitPerMinute: number;
  preparedStatements: boolean;
  /** How many batches of events each process works at the same time. */
  ingestLanes: number;
  /** Who may read `/metrics`. */
  metricsAccess: "off" | "loopback" | "on";
  /** How mails are sent; null keeps them to be looked at. */
  mail: { smtpUrl: string; from: string } | null;
  /** What keys of payment providers are sealed with, 64 hexadecimal digits; null keeps one in the data directory. */
  secretKey: string | null;
  logLevel: string;
};

/** Two batches at a time are fewer events in each; that pays only where PostgreSQL and this process need not share two processors. */
const usualLanes = availableParallelism() > 2 ? 2 : 1;

/** The configuration in `environment`. @throws Error with a sentence that names the variable and what it takes. */
export function readConfig(environment: Record<string, string | undefined>): Config {
  return {
    processes: Math.max(1, wholeNumber(environment, "PROCESSES", 1, 256)),
    port: wholeNumber(environment, "PORT", 8787, 65_535),
    host: environment.HOST || "127.0.0.1",
    dataDir: path.resolve(environment.DATA_DIR || ".afternoon"),
    publicUrl: publicUrl(environment),
    databaseUrl: environment.DATABASE_URL || null,
    directDatabaseUrl: environment.DIRECT_DATABASE_URL || null,
    rateLimitPerMinute: wholeNumber(environment, "RATE_LIMIT_PER_MINUTE", 1_000, 1_000_000_000),
    preparedStatements: oneOf(environment, "PREPARED_STATEMENTS", ["on", "off"]) === "on",
    ingestLanes: Math.max(1, wholeNumber(environment, "INGEST_LANES", usualLanes, 64)),
    metricsAccess: oneOf(environment, "METRICS", ["loopback", "on", "off"]) as Config["metricsAccess"],
    mail: mail(environment),
    secretKey: secretKey(environment),
    logLevel: oneOf(environment, "LOG_LEVEL", ["info", "debug", "warn", "error", "silent"]),
  };
}

function wholeNumber(
  environment: Record<string, string | undefined>,
  name: string,
  fallback: number,
  most: number,
): number {
  const text = environment[name];
  if (text === undefined || text === "") return fallback;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number) || number > most)
    throw new Error(`${name} must be a whole number from 0 to ${most}, not "${text}".`);
  return number;
}

function oneOf(environment: Record<string, string | undefined>, name: string, choices: [string, ...string[]]): string {
  const text = environment[name] || choices[0];
  if (!choices.includes(text)) throw new Error(`${name} must be one of ${choices.join(", ")}, not "${text}".`);
  return text;
}

function publicUrl(environment: Record<string, string | undefined>): string | null {
  const text = environment.PUBLIC_URL;
  if (text === undefined || text === "") return null;
  const isAddress = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isAddress) throw new Error(`PUBLIC_URL must be an http or https address, not "${text}".`);
  return text.replace(/\/+$/, "");
}

function mail({ SMTP_URL, MAIL_FROM }: Record<string, string | undefined>): Config["mail"] {
  if (SMTP_URL === undefined || SMTP_URL === "") return null;
  // The address is not said again: it may hold a password.
  if (!URL.canParse(SMTP_URL) || !/^smtps?:$/.test(new URL(SMTP_URL).protocol))
    throw new Error("SMTP_URL must be an address like smtp://user:password@mail.example.com:587.");
  if (!/^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(MAIL_FROM ?? ""))
    throw new Error(
      `MAIL_FROM must be the address that mails come from, like billing@example.com, not "${MAIL_FROM ?? ""}".`,
    );
  return { smtpUrl: SMTP_URL, from: MAIL_FROM as string };
}

function secretKey({ SECRET_KEY }: Record<string, string | undefined>): string | null {
  if (SECRET_KEY === undefined || SECRET_KEY === "") return null;
  if (!/^[0-9a-fA-F]{64}$/.test(SECRET_KEY))
    throw new Error("SECRET_KEY must be 64 hexadecimal digits, like `openssl rand -hex 32` makes them.");
  return SECRET_KEY;
}
