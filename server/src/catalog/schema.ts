import { isLosslessNumber } from "lossless-json";
import { z } from "zod";
import type { Meter as CoreMeter, MeterFilter as CoreMeterFilter } from "../../../core/meter.ts";
import type { ScalarValue } from "../../../core/property.ts";
import { codeField, decimalField, decimalOutput, idOutput, instantOutput, textField } from "../http/fields.ts";

/** Shared by all that has a code. */
export const nameField = textField(255, "What people read; the default is the code.").nullable().default(null);
export const descriptionField = textField(1_000, "For people; Afternoon does not read it.").nullable().default(null);

/* Pricing units */

export const PricingUnitCreate = z
  .object({
    code: codeField("What prices, grants and wallets name it by. Never changes."),
    name: nameField,
    description: descriptionField,
  })
  .meta({ id: "CreatePricingUnitRequest", title: "CreatePricingUnitRequest" });

export type PricingUnitFields = z.output<typeof PricingUnitCreate>;

export const PricingUnit = z
  .object({
    id: idOutput("Id of the pricing unit."),
    code: z.string().meta({ description: "What prices, grants and wallets name it by." }),
    name: z.string(),
    description: z.string().nullable(),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "PricingUnit", title: "PricingUnit" });

export type PricingUnitRow = {
  pricing_unit_id: string;
  code: string;
  name: string;
  description: string | null;
  created_at: Date;
};

export function presentPricingUnit(row: PricingUnitRow): z.input<typeof PricingUnit> {
  const { pricing_unit_id, created_at, ...fields } = row;
  return { id: pricing_unit_id, ...fields, created_at: created_at.toISOString() };
}

/* Meters */

const maxFilters = 20;
const maxFilterValues = 100;

/** `error` of a discriminated union: zod's own message is about discriminators and names `undefined` as a choice. */
export const oneOf = (...choices: string[]) => ({
  error: (issue: { code?: string }) =>
    issue.code === "invalid_union" ? `Must be one of ${choices.join(", ")}.` : undefined,
});

const property = textField(255, "Name of a property at the top level of the event's `properties`.");

const scalarForm = { type: ["string", "number", "boolean"], examples: ["gpt-4"] };

const scalar = z
  .unknown()
  .transform((value, context): ScalarValue => {
    if (isScalar(value)) return value;
    const message =
      value === undefined ? "Is required." : "Must be a string of at most 255 characters, a number, true or false.";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({ override: scalarForm });

function isScalar(value: unknown): value is ScalarValue {
  if (typeof value === "string") return value.length <= 255;
  return typeof value === "number" || typeof value === "boolean" || isLosslessNumber(value);
}

const equality = z.enum(["equals", "not_equals"]);
const presence = z.enum(["exists", "not_exists"]);
const comparison = z.enum(["greater_than", "greater_than_or_equal", "less_than", "less_than_or_equal"]);

const filter = z
  .discriminatedUnion(
    "operator",
    [
      z.object({ property, operator: equality, value: scalar }),
      z.object({
        property,
        operator: z.literal("in"),
        values: z.array(scalar).min(1, "Must not be empty.").max(maxFilterValues),
      }),
      z.object({ property, operator: presence }),
      z.object({ property, operator: comparison, value: decimalField("What the property's number is compared with.") }),
    ],
    oneOf(...equality.options, "in", ...presence.options, ...comparison.options),
  )
  .meta({ id: "MeterFilterInput", title: "MeterFilterInput" });

const aggregation = z
  .discriminatedUnion(
    "type",
    [z.object({ type: z.literal("count") }), z.object({ type: z.literal("sum"), property })],
    oneOf("count", "sum"),
  )
  .meta({
    id: "MeterAggregationInput",
    title: "MeterAggregationInput",
    description: "What is measured: how many events there were, or the sum of a numeric property.",
  });

export const MeterCreate = z
  .object({
    code: codeField("What prices name it by. Never changes."),
    name: nameField,
    event_name: textField(255, "Only events of this name are measured."),
    aggregation,
    filters: z
      .array(filter)
      .max(maxFilters)
      .default([])
      .meta({ description: "An event is measured only if all of them hold." }),
  })
  .meta({ id: "CreateMeterRequest", title: "CreateMeterRequest" });

export const MeterUpdate = z
  .object({
    name: textField(255, "What people read; `null` goes back to the code.").nullable().optional(),
    archived: z.boolean().optional().meta({ description: "An archived meter measures no event." }),
  })
  .meta({ id: "UpdateMeterRequest", title: "UpdateMeterRequest" });

export type MeterFields = z.output<typeof MeterCreate>;
export type MeterPatch = z.output<typeof MeterUpdate>;

const scalarOutput = z.unknown().refine(isScalar).meta({ override: scalarForm });

const MeterFilter = z
  .discriminatedUnion("operator", [
    z.object({ property: z.string(), operator: equality, value: scalarOutput }),
    z.object({ property: z.string(), operator: z.literal("in"), values: z.array(scalarOutput) }),
    z.object({ property: z.string(), operator: presence }),
    z.object({
      property: z.string(),
      operator: comparison,
      value: decimalOutput("What the property's number is compared with."),
    }),
  ])
  .meta({ id: "MeterFilter", title: "MeterFilter" });

const MeterAggregation = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("count") }),
    z.object({ type: z.literal("sum"), property: z.string() }),
  ])
  .meta({ id: "MeterAggregation", title: "MeterAggregation" });

export const Meter = z
  .object({
    id: idOutput("Id of the meter."),
    code: z.string().meta({ description: "What prices name it by." }),
    name: z.string(),
    event_name: z.string().meta({ description: "Only events of this name are measured." }),
    aggregation: MeterAggregation,
    filters: z.array(MeterFilter).meta({ description: "An event is measured only if all of them hold." }),
    archived: z.boolean().meta({ description: "An archived meter measures no event." }),
    archived_at: z.string().nullable().meta({ description: "When it was archived; null while it is not." }),
    created_at: instantOutput("When it was created."),
  })
  .meta({ id: "Meter", title: "Meter" });

/** A filter as it is stored: as the wire has it, numbers to compare with as decimal strings. */
export type StoredFilter =
  | { property: string; operator: z.output<typeof equality>; value: ScalarValue }
  | { property: string; operator: "in"; values: ScalarValue[] }
  | { property: string; operator: z.output<typeof presence> }
  | { property: string; operator: z.output<typeof comparison>; value: string };

export function toStoredFilter(filter: MeterFields["filters"][number]): StoredFilter {
  return isComparison(filter) ? { ...filter, value: filter.value.toString() } : filter;
}

function isComparison<Filter extends { operator: string }>(
  filter: Filter,
): filter is Extract<Filter, { operator: z.output<typeof comparison> }> {
  return comparison.safeParse(filter.operator).success;
}

type StoredAggregation = z.output<typeof MeterAggregation>;

export type MeterRow = {
  meter_id: string;
  code: string;
  name: string;
  event_name: string;
  aggregation: StoredAggregation;
  filters: StoredFilter[];
  created_at: Date;
  archived_at: Date | null;
};

/** The meter of a row as core reads it. */
export function toMeter(row: Pick<MeterRow, "code" | "event_name" | "aggregation" | "filters">): CoreMeter {
  return {
    code: row.code,
    eventName: row.event_name,
    aggregation: row.aggregation,
    window: null,
    filters: row.filters.map(toMeterFilter),
  };
}

function toMeterFilter(filter: StoredFilter): CoreMeterFilter {
  return filter.operator === "in" ? { property: filter.property, operator: "in", value: filter.values } : filter;
}

export function presentMeter(row: MeterRow): z.input<typeof Meter> {
  return {
    id: row.meter_id,
    code: row.code,
    name: row.name,
    event_name: row.event_name,
    aggregation: row.aggregation,
    // `jsonb` forgets the order of fields; a filter reads from left to right.
    filters: row.filters.map(({ property, operator, ...operand }) => ({
      property,
      operator,
      ...operand,
    })) as StoredFilter[],
    archived: row.archived_at !== null,
    archived_at: row.archived_at?.toISOString() ?? null,
    created_at: row.created_at.toISOString(),
  };
}
