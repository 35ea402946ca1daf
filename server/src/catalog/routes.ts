import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { codeParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type PathParam, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
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
  requirePricingUnit,
  updateMeter,
} from "./catalog.ts";
import { ConversionCreate, presentConversion, PricingUnitConversion } from "./conversion-schema.ts";
import { Meter, MeterCreate, MeterUpdate, presentMeter } from "./meter-schema.ts";
import { Plan, PlanCreate, PlanVersion, PlanVersionCreate, presentPlan, presentPlanVersion } from "./plan-schema.ts";
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

const planOperations: Operation[] = [
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
      "Creates the plan's next version from a whole document: what is left out gets its default, not the value of the version before. New subscriptions get it; live ones keep theirs.",
    params: planParam,
    body: PlanVersionCreate,
    responses: { 201: PlanVersionResponse },
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      plan_version: presentPlanVersion(await createPlanVersion(tx, tenant, params.code, body, now)),
    }),
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

export const catalogOperations: Operation[] = [...pricingUnitOperations, ...meterOperations, ...planOperations];
