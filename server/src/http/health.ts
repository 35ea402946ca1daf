import { z } from "zod";
import { BillingError } from "../../../core/errors.ts";
import { sql, type Database } from "../platform/db.ts";
import { withinTime } from "../platform/within-time.ts";
import { successSchema } from "./envelope.ts";
import { publicOperation, type Operation, type Tag } from "./operation.ts";

const tag: Tag = {
  name: "health",
  title: "Health",
  description: "Whether the server runs and can work. No key is needed.",
};

const status = { status: z.literal("ok") };

export const healthOperations: Operation[] = [
  publicOperation({
    path: "/health",
    operationId: "health",
    sdk: "health.check",
    tag,
    summary: "Health check",
    description: "Answers 200 as long as the process serves requests. For a load balancer's liveness check.",
    responses: { 200: successSchema("HealthResponse", status, "The process serves requests.") },
    handle: async () => ({ status: "ok" }),
  }),
  publicOperation({
    path: "/ready",
    operationId: "ready",
    sdk: "health.ready",
    tag,
    summary: "Readiness check",
    description: "Answers 200 when the database answers too, else 503. For a load balancer's readiness check.",
    responses: { 200: successSchema("ReadyResponse", status, "The server can work.") },
    handle: async ({ database }) => {
      await askDatabase(database).catch((cause: unknown) => {
        throw new BillingError("SERVICE_UNAVAILABLE", { message: "The database cannot be reached.", cause });
      });
      return { status: "ok" };
    },
  }),
];

/** Load balancers wait a few seconds for an answer, and take none for a process that is dead. */
const readinessMs = 2_000;

async function askDatabase(database: Database): Promise<void> {
  await withinTime<unknown>(database.query(sql`select 1 as one`), readinessMs, () => {
    throw new Error("the database does not answer in time");
  });
}
