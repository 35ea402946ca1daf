import { z } from "zod";
import type { PlanDocument } from "../../../core/plan.ts";
import type { Tenant } from "../http/authentication.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { codeParam } from "../http/fields.ts";
import {
  groupedOperation,
  readOperation,
  withStatus,
  writeOperation,
  type AnswerContext,
  type Operation,
  type OperationContext,
  type PathParam,
  type Tag,
} from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { getCustomer } from "../customers/customers.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import {
  createConversion,
  createMeter,
  createPlan,
  createPlanVersion,
  createPricingUnit,
  getMeter,
  getPlan,
  getPlanVersion,
  listConversions,
  listMeters,
  listPlans,
  listPlanVersions,
  listPricingUnits,
  readCandidate,
  requirePricingUnit,
  updateMeter,
} from "./catalog.ts";
import { ConversionCreate, presentConversion, PricingUnitConversion } from "./conversion-schema.ts";
import { Meter, MeterCreate, MeterUpdate, presentMeter } from "./meter-schema.ts";
import { Plan, PlanCreate, PlanVersion, PlanVersionCreate, presentPlan, presentPlanVersion } from "./plan-schema.ts";
import {
  PlanSimulate,
  PlanVersionPreview,
  presentSimulated,
  SimulatedCustomerOutput,
  SimulationTotal,
  type Simulated,
  type SimulatedCustomer,
  type SimulationScope,
} from "./simulation-schema.ts";
import { presentPricingUnit, PricingUnit, PricingUnitCreate } from "./schema.ts";

const pricingUnitsTag: Tag = {
  name: "pricing_units",
  title: "Pricing units",
  description: "What you sell credits in beside currencies: tokens, credits, minutes.",
};

const metersTag: Tag = {
  name: "meters",
  title: "Meters",
  description: "Which events are measured, and what of them.",
};

const plansTag: Tag = {
  name: "plans",
  title: "Plans",
  description:
    "What usage costs, in versions that never change: a change is a new version, and subscriptions keep theirs.",
};

const versionPosition = z.int().min(1).max(999_999_999);

const pricingUnitParam = { code: codeParam("PRICING_UNIT_NOT_FOUND") };
const meterParam = { code: codeParam("METER_NOT_FOUND") };
const planParam = { code: codeParam("PLAN_NOT_FOUND") };
const versionParam: PathParam = { schema: z.string().regex(/^[1-9]\d{0,8}$/), notFound: "PLAN_VERSION_NOT_FOUND" };

const PricingUnitResponse = successSchema("PricingUnitResponse", { pricing_unit: PricingUnit }, "The pricing unit");
const ConversionResponse = successSchema(
  "PricingUnitConversionResponse",
  { conversion: PricingUnitConversion },
  "The conversion",
);
const MeterResponse = successSchema("MeterResponse", { meter: Meter }, "The meter");
const PlanResponse = successSchema("PlanResponse", { plan: Plan }, "The plan");
const PlanVersionPreviewResponse = successSchema(
  "PlanVersionPreviewResponse",
  { preview: PlanVersionPreview },
  "What the version would change",
);
const PlanVersionResponse = successSchema("PlanVersionResponse", { plan_version: PlanVersion }, "The version");

const pricingUnitOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/pricing-units",
    operationId: "create-pricing-unit",
    sdk: "pricingUnits.create",
    tag: pricingUnitsTag,
    summary: "Create a pricing unit",
    description: "Creates a unit that prices, credit grants and wallets can be in.",
    body: PricingUnitCreate,
    responses: { 201: PricingUnitResponse },
    errors: ["PRICING_UNIT_EXISTS"],
    handle: async ({ tx, tenant, now }, { body }) => ({
      pricing_unit: presentPricingUnit(await createPricingUnit(tx, tenant, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/pricing-units",
    operationId: "list-pricing-units",
    sdk: "pricingUnits.list",
    tag: pricingUnitsTag,
    summary: "List pricing units",
    description: "Returns the pricing units, newest first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("PricingUnitListResponse", "pricing_units", PricingUnit) },
    handle: async ({ db, tenant }, { query }) => {
      const after = readCursor(query.cursor, idPosition);
      const { items, pagination } = await listPricingUnits(db, tenant, after, query.limit);
      return { pricing_units: items.map(presentPricingUnit), pagination };
    },
  }),
  readOperation({
    path: "/v1/pricing-units/{code}",
    operationId: "get-pricing-unit",
    sdk: "pricingUnits.get",
    tag: pricingUnitsTag,
    summary: "Get a pricing unit",
    description: "Returns one pricing unit.",
    params: pricingUnitParam,
    responses: { 200: PricingUnitResponse },
    handle: async ({ db, tenant }, { params }) => ({
      pricing_unit: presentPricingUnit(await requirePricingUnit(db, tenant, params.code)),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/pricing-units/{code}/conversions",
    operationId: "create-pricing-unit-conversion",
    sdk: "pricingUnits.createConversion",
    tag: pricingUnitsTag,
    summary: "Create a conversion",
    description:
      "Says what one unit is worth in a currency from an instant on. A conversion never changes; a new worth is a new conversion with a later instant.",
    params: pricingUnitParam,
    body: ConversionCreate,
    responses: { 201: ConversionResponse },
    errors: ["CONVERSION_EXISTS"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      conversion: presentConversion(await createConversion(tx, tenant, params.code, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/pricing-units/{code}/conversions",
    operationId: "list-pricing-unit-conversions",
    sdk: "pricingUnits.listConversions",
    tag: pricingUnitsTag,
    summary: "List conversions",
    description: "Returns what the unit has been worth and will be, newest entry first.",
    params: pricingUnitParam,
    query: z.object(pageQuery),
    responses: { 200: listSchema("PricingUnitConversionListResponse", "conversions", PricingUnitConversion) },
    handle: async ({ db, tenant }, { params, query }) => {
      const after = readCursor(query.cursor, idPosition);
      const { items, pagination } = await listConversions(db, tenant, params.code, after, query.limit);
      return { conversions: items.map(presentConversion), pagination };
    },
  }),
];

const meterOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/meters",
    operationId: "create-meter",
    sdk: "meters.create",
    tag: metersTag,
    summary: "Create a meter",
    description:
      "Creates a meter. What it measures never changes after that; create another one instead, and price that in a new plan version.",
    body: MeterCreate,
    responses: { 201: MeterResponse },
    errors: ["METER_EXISTS"],
    handle: async ({ tx, tenant, now }, { body }) => ({
      meter: presentMeter(await createMeter(tx, tenant, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/meters",
    operationId: "list-meters",
    sdk: "meters.list",
    tag: metersTag,
    summary: "List meters",
    description: "Returns the meters, archived ones too, newest first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("MeterListResponse", "meters", Meter) },
    handle: async ({ db, tenant }, { query }) => {
      const after = readCursor(query.cursor, idPosition);
      const { items, pagination } = await listMeters(db, tenant, after, query.limit);
      return { meters: items.map(presentMeter), pagination };
    },
  }),
  readOperation({
    path: "/v1/meters/{code}",
    operationId: "get-meter",
    sdk: "meters.get",
    tag: metersTag,
    summary: "Get a meter",
    description: "Returns one meter.",
    params: meterParam,
    responses: { 200: MeterResponse },
    handle: async ({ db, tenant }, { params }) => ({ meter: presentMeter(await getMeter(db, tenant, params.code)) }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/meters/{code}",
    operationId: "update-meter",
    sdk: "meters.update",
    tag: metersTag,
    summary: "Update a meter",
    description:
      "Renames a meter, archives it or brings it back. An archived meter measures no event, also for subscriptions on older plan versions. Refused while the latest version of a plan prices it, or one that a subscription is still on.",
    params: meterParam,
    body: MeterUpdate,
    responses: { 200: MeterResponse },
    errors: ["METER_IN_USE"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      meter: presentMeter(await updateMeter(tx, tenant, params.code, body, now)),
    }),
  }),
];

const planOperations = (trials: PlanTrials): Operation[] => [
  writeOperation({
    method: "POST",
    path: "/v1/plans",
    operationId: "create-plan",
    sdk: "plans.create",
    tag: plansTag,
    summary: "Create a plan",
    description: "Creates a plan, at version 1. The meters and pricing units that it names must exist.",
    body: PlanCreate,
    responses: { 201: PlanResponse },
    errors: ["PLAN_EXISTS"],
    handle: async ({ tx, tenant, now }, { body }) => ({ plan: presentPlan(await createPlan(tx, tenant, body, now)) }),
  }),
  readOperation({
    path: "/v1/plans",
    operationId: "list-plans",
    sdk: "plans.list",
    tag: plansTag,
    summary: "List plans",
    description: "Returns the plans, each as its latest version has it, newest plan first.",
    query: z.object(pageQuery),
    responses: { 200: listSchema("PlanListResponse", "plans", Plan) },
    handle: async ({ db, tenant }, { query }) => {
      const after = readCursor(query.cursor, idPosition);
      const { items, pagination } = await listPlans(db, tenant, after, query.limit);
      return { plans: items.map(presentPlan), pagination };
    },
  }),
  readOperation({
    path: "/v1/plans/{code}",
    operationId: "get-plan",
    sdk: "plans.get",
    tag: plansTag,
    summary: "Get a plan",
    description: "Returns one plan as its latest version has it.",
    params: planParam,
    responses: { 200: PlanResponse },
    handle: async ({ db, tenant }, { params }) => ({ plan: presentPlan(await getPlan(db, tenant, params.code)) }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/plans/{code}/versions",
    operationId: "create-plan-version",
    sdk: "plans.createVersion",
    tag: plansTag,
    summary: "Create a plan version",
    description:
      "Creates the plan's next version from a whole document: what is left out gets its default, not the value of the version before. New subscriptions get it; live ones keep theirs. With `dry_run` nothing is created: the answer (200) says how many live subscriptions have an earlier version, and what the usage of their current periods would cost by this one.",
    params: planParam,
    body: PlanVersionCreate,
    responses: { 200: PlanVersionPreviewResponse, 201: PlanVersionResponse },
    handle: async ({ tx, tenant, now }, { params, body: { dry_run, ...fields } }) => {
      if (!dry_run) {
        const created = await createPlanVersion(tx, tenant, params.code, fields, now);
        return withStatus(201, { plan_version: presentPlanVersion(created) });
      }
      const { version, document } = await readCandidate(tx, tenant, params.code, fields);
      const plan = { code: params.code, candidate: document };
      const { subscriptionCount, ...simulated } = await trials.preview(tx, tenant, plan, now);
      return { preview: { version, subscription_count: subscriptionCount, ...presentSimulated(simulated) } };
    },
  }),
  groupedOperation({
    method: "POST",
    path: "/v1/plans/{code}/simulate",
    operationId: "simulate-plan",
    sdk: "plans.simulate",
    tag: plansTag,
    summary: "Simulate a plan",
    description:
      "Rates the recorded usage of the plan's customers by a document that is no version yet, and by the versions that their subscriptions have, and answers with the difference for each customer. Usage alone: fees and minimums are not in it. Both begin from nothing at `from`, so choose whole billing periods to compare what was charged. Nothing is recorded. The answer is sent customer by customer, however many there are; if it breaks off, it is not valid JSON.",
    params: planParam,
    body: PlanSimulate,
    responses: {
      200: successSchema(
        "SimulatePlanResponse",
        { customers: z.array(SimulatedCustomerOutput), total: SimulationTotal },
        "What the usage costs both ways",
      ),
    },
    errors: ["CUSTOMER_NOT_FOUND", "EVENT_ARCHIVED"],
    answer: (context, { params, body: { customer_id, from, to, ...fields } }) =>
      answerSimulation(trials, context, params.code, fields, { customerId: customer_id ?? null, from, to }),
  }),
  readOperation({
    path: "/v1/plans/{code}/versions",
    operationId: "list-plan-versions",
    sdk: "plans.listVersions",
    tag: plansTag,
    summary: "List plan versions",
    description: "Returns the versions of a plan, newest first.",
    params: planParam,
    query: z.object(pageQuery),
    responses: { 200: listSchema("PlanVersionListResponse", "plan_versions", PlanVersion) },
    handle: async ({ db, tenant }, { params, query }) => {
      const after = readCursor(query.cursor, versionPosition);
      const { items, pagination } = await listPlanVersions(db, tenant, params.code, after, query.limit);
      return { plan_versions: items.map(presentPlanVersion), pagination };
    },
  }),
  readOperation({
    path: "/v1/plans/{code}/versions/{version}",
    operationId: "get-plan-version",
    sdk: "plans.getVersion",
    tag: plansTag,
    summary: "Get a plan version",
    description: "Returns one version of a plan.",
    params: { ...planParam, version: versionParam },
    responses: { 200: PlanVersionResponse },
    handle: async ({ db, tenant }, { params }) => ({
      plan_version: presentPlanVersion(
        await getPlanVersion(db, tenant, params.code, Number.parseInt(params.version, 10)),
      ),
    }),
  }),
];

/** Rates the simulated customers, and answers as they come; with an `Idempotency-Key` in one piece, because it is kept. */
async function answerSimulation(
  trials: PlanTrials,
  context: AnswerContext,
  code: string,
  fields: Parameters<typeof readCandidate>[3],
  scope: SimulationScope,
) {
  const { database, tenant } = context;
  if (scope.customerId !== null) await getCustomer(database, tenant, scope.customerId);
  await trials.requireEvents(database, scope);
  const { document } = await database.transaction((tx) => readCandidate(tx, tenant, code, fields));
  const customers = trials.simulate(context, { code, candidate: document }, scope);
  const total: { count: number; parts: Simulated } = { count: 0, parts: trials.add([]) };
  const presented = presentEach(customers, (each) => {
    total.count += 1;
    total.parts = trials.add([total.parts, each]);
  });
  const presentTotal = () => ({ customer_count: total.count, ...presentSimulated(total.parts) });
  if (context.idempotency === null) return context.stream("customers", presented, () => ({ total: presentTotal() }));
  return context.inTransaction(async () => {
    const all: unknown[] = [];
    for await (const each of presented) all.push(each);
    return { customers: all, total: presentTotal() };
  });
}

async function* presentEach(
  customers: AsyncIterable<SimulatedCustomer>,
  see: (each: SimulatedCustomer) => void,
): AsyncGenerator {
  for await (const each of customers) {
    see(each);
    yield { customer_id: each.customerId, ...presentSimulated(each) };
  }
}

type TriedPlan = { code: string; candidate: PlanDocument };

/** How a document is tried on real usage: by the feature that meters it. */
export type PlanTrials = {
  preview(
    tx: Transaction,
    tenant: Tenant,
    plan: TriedPlan,
    now: Date,
  ): Promise<Simulated & { subscriptionCount: number }>;
  /** @throws EVENT_ARCHIVED if some that the scope wants may be archived. */
  requireEvents(db: Queryable, scope: SimulationScope): Promise<void>;
  simulate(context: OperationContext, plan: TriedPlan, scope: SimulationScope): AsyncIterable<SimulatedCustomer>;
  add(all: readonly Simulated[]): Simulated;
};

export const catalogOperations = (trials: PlanTrials): Operation[] => [
  ...pricingUnitOperations,
  ...meterOperations,
  ...planOperations(trials),
];
