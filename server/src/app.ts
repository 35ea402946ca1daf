import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createKeyFinder } from "./companies/companies.ts";
import { companyOperations } from "./companies/routes.ts";
import { customerOperations } from "./customers/routes.ts";
import { healthOperations } from "./http/health.ts";
import type { Operation } from "./http/operation.ts";
import { createServer } from "./http/server.ts";
import type { Clock } from "./platform/clock.ts";
import type { Database } from "./platform/db.ts";

/** Every operation of the API, in the order in which the reference lists them. */
export const operations: Operation[] = [
  ...customerOperations,
  ...companyOperations,
  ...healthOperations,
];

export type AppOptions = {
  database: Database;
  clock: Clock;
  log: Logger;
  rateLimitPerMinute: number;
  checkAnswers?: boolean;
};

/** The whole product behind HTTP, not yet listening. */
export function createApp(options: AppOptions): FastifyInstance {
  return createServer({ ...options, operations, findApiKey: createKeyFinder(options.database, options.clock) });
}
