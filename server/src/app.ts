import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { createCatalogReader } from "./catalog/catalog.ts";
import { catalogOperations } from "./catalog/routes.ts";
import { createKeyFinder } from "./companies/companies.ts";
import { companyOperations } from "./companies/routes.ts";
import { customerOperations } from "./customers/routes.ts";
import { addDocumentation } from "./documentation/routes.ts";
import { healthOperations } from "./http/health.ts";
import { createOpenApiDocument } from "./http/openapi.ts";
import type { Operation } from "./http/operation.ts";
import { createServer } from "./http/server.ts";
import { meteringOperations } from "./metering/routes.ts";
import type { Clock } from "./platform/clock.ts";
import type { Database } from "./platform/db.ts";
import { subscriptionOperations } from "./subscriptions/routes.ts";
import { walletOperations } from "./wallets/routes.ts";

/** Every operation of the API, in the order in which the reference lists them. */
export function createOperations(clock: Clock): Operation[] {
  return [
    ...meteringOperations(createCatalogReader(clock)),
    ...customerOperations,
    ...walletOperations,
    ...subscriptionOperations,
    ...catalogOperations,
    ...companyOperations,
    ...healthOperations,
  ];
}

export type AppOptions = {
  database: Database;
  clock: Clock;
  log: Logger;
  rateLimitPerMinute: number;
  checkAnswers?: boolean;
};

/** The whole product behind HTTP, not yet listening. */
export function createApp(options: AppOptions): FastifyInstance {
  const { clock, database } = options;
  const operations = createOperations(clock);
  const server = createServer({ ...options, operations, findApiKey: createKeyFinder(database, clock) });
  addDocumentation(server, () => createOpenApiDocument(operations));
  return server;
}
