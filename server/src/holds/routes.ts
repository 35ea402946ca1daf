import { z } from "zod";
import type { Catalog } from "../catalog/catalog.ts";
import { customerIdParam } from "../customers/routes.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import type { CatchUp } from "../metering/metering.ts";
import { presentCost } from "../wallets/schema.ts";
import { capture, createHold, getHold, listHolds, release } from "./holds.ts";
import { captureAnswer, Hold, HoldCapture, HoldCreate, holdState, presentHold } from "./schema.ts";

const tag: Tag = {
  name: "holds",
  title: "Holds",
  description: "Credits that are reserved for work whose cost is not known yet, and spent when it is done.",
};

const holdParams = { ...customerIdParam, hold_id: idParam("HOLD_NOT_FOUND") };
const HoldResponse = successSchema("HoldResponse", { hold: Hold }, "The hold");
const CaptureResponse = successSchema("CaptureHoldResponse", captureAnswer, "The hold and what became of its events");

export const holdOperations = (catalog: Catalog, catchUp: CatchUp): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/holds",
    operationId: "create-hold",
    sdk: "customers.holds.create",
    tag,
    summary: "Hold credits",
    description:
      "Reserves an amount, or what an event would cost now. What is held is still in the balance and no longer available: where a live plan blocks overdrafts, neither events nor other holds can spend it.",
    params: customerIdParam,
    body: HoldCreate,
    responses: { 201: HoldResponse },
    errors: ["PRICING_UNIT_NOT_FOUND", "HOLD_TOO_LARGE", "INVALID_PROPERTY"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      hold: presentHold(await createHold(tx, catalog, tenant, params.id, body, now), now),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}/holds",
    operationId: "list-holds",
    sdk: "customers.holds.list",
    tag,
    summary: "List a customer's holds",
    description: "Returns the holds, ended ones too, newest first.",
    params: customerIdParam,
    query: z.object({ ...pageQuery, status: holdState.optional().meta({ description: "Only those in this status." }) }),
    responses: { 200: listSchema("HoldListResponse", "holds", Hold) },
    handle: async ({ db, tenant, now }, { params, query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listHolds(db, tenant, params.id, { state: query.status ?? null, now }, page);
      return { holds: items.map((row) => presentHold(row, now)), pagination };
    },
  }),
  readOperation({
    path: "/v1/customers/{id}/holds/{hold_id}",
    operationId: "get-hold",
    sdk: "customers.holds.get",
    tag,
    summary: "Get a hold",
    description: "Returns one hold.",
    params: holdParams,
    responses: { 200: HoldResponse },
    handle: async ({ db, tenant, now }, { params }) => ({
      hold: presentHold(await getHold(db, tenant, params.id, params.hold_id), now),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/holds/{hold_id}/capture",
    operationId: "capture-hold",
    sdk: "customers.holds.capture",
    tag,
    summary: "Capture a hold",
    description:
      "Records the real events and charges them, all or none. Up to what is held they are never rejected; beyond it, what they cost must be available. The rest is given up, or stays held with `keep_rest`.",
    params: holdParams,
    body: HoldCapture,
    responses: { 200: CaptureResponse },
    errors: ["HOLD_ENDED", "CAPTURE_REFUSED"],
    handle: async ({ tx, tenant, now }, { params, body }) => {
      const at = { customerId: params.id, id: params.hold_id };
      const { hold, outcomes } = await capture(tx, catalog, catchUp, tenant, at, body, now);
      return {
        hold: presentHold(hold, now),
        results: outcomes.flatMap((outcome) =>
          outcome.status === "processed" || outcome.status === "duplicate"
            ? [{ usage_id: outcome.usageId, status: outcome.status, cost: outcome.cost.map(presentCost) }]
            : [],
        ),
      };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/holds/{hold_id}/release",
    operationId: "release-hold",
    sdk: "customers.holds.release",
    tag,
    summary: "Release a hold",
    description: "Gives up what is still reserved. Releasing a hold again changes nothing.",
    params: holdParams,
    responses: { 200: HoldResponse },
    errors: ["HOLD_ENDED"],
    handle: async ({ tx, tenant, now }, { params }) => ({
      hold: presentHold(await release(tx, tenant, params.id, params.hold_id, now), now),
    }),
  }),
];
