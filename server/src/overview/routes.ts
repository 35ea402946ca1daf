import type { Catalog } from "../catalog/catalog.ts";
import { successSchema } from "../http/envelope.ts";
import { readOperation, type Operation, type Tag } from "../http/operation.ts";
import { getOverview } from "./overview.ts";
import { Overview, presentOverview } from "./schema.ts";

const tag: Tag = { name: "overview", title: "Overview", description: "What your books come to, at a glance." };

export const overviewOperations = (catalog: Catalog): Operation[] => [
  readOperation({
    path: "/v1/overview",
    operationId: "get-overview",
    sdk: "overview.get",
    tag,
    summary: "Get the overview",
    description:
      "Returns what all customers come to together: recurring revenue, what was invoiced this month, what is due and overdue, and what needs to be looked at. Exact, counted as it is asked for.",
    responses: { 200: successSchema("OverviewResponse", { overview: Overview }, "The figures") },
    handle: async ({ db, tenant, now }) => ({ overview: presentOverview(await getOverview(db, catalog, tenant, now)) }),
  }),
];
