/** Meters on the wire, and as core reads them. */
import { z } from "zod";
import type { Meter as CoreMeter, MeterFilter as CoreMeterFilter } from "../../../core/meter.ts";
import { validateMeter } from "../../../core/plan-validation.ts";
import type { ScalarValue } from "../../../core/property.ts";
import { codeField, decimalField, decimalOutput, idOutput, instantOutput, textField } from "../http/fields.ts";
import {
  aggregationInput,
  MeterAggregation,
  presentAggregation,
  toAggregation,
  type StoredAggregation,
} from "./aggregation-schema.ts";
import { property, scalar, scalarOutput } from "./property-schema.ts";
import { nameField, oneOf } from "./schema.ts";

const maxFilters = 20;
const maxFilterValues = 100;

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

const windowText =
  "Reads the meter over each hour or day of the customer's time zone on its own, and adds the readings up: the greatest of each hour, summed over a period. null reads the period as a whole.";
const meterWindow = z.enum(["hour", "day"]).nullable();

export const MeterCreate = z
  .object({
    code: codeField("What prices name it by. Never changes."),
    name: nameField,
    event_name: textField(255, "Only events of this name are measured."),
    aggregation: aggregationInput,
    window: meterWindow.default(null).meta({ description: windowText }),
    filters: z
      .array(filter)
      .max(maxFilters)
      .default([])
      .meta({ description: "An event is measured only if all of them hold." }),
  })
  .superRefine(refuseImpossible)
  .meta({ id: "CreateMeterRequest", title: "CreateMeterRequest" });

function refuseImpossible(
  { aggregation, window }: { aggregation: StoredAggregation; window: CoreMeter["window"] },
  context: z.RefinementCtx,
): void {
  // What is malformed already cannot be compiled.
  if (context.issues.length > 0) return;
  for (const { path, message } of validateMeter({ aggregation: toAggregation(aggregation), window })) {
    context.addIssue({ code: "custom", path: path.split("."), message });
  }
}

export const MeterUpdate = z
  .object({
    name: textField(255, "What people read; `null` goes back to the code.").nullable().optional(),
    archived: z.boolean().optional().meta({ description: "An archived meter measures no event." }),
  })
  .meta({ id: "UpdateMeterRequest", title: "UpdateMeterRequest" });

export type MeterFields = z.output<typeof MeterCreate>;
export type MeterPatch = z.output<typeof MeterUpdate>;

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

export const Meter = z
  .object({
    id: idOutput("Id of the meter."),
    code: z.string().meta({ description: "What prices name it by." }),
    name: z.string(),
    event_name: z.string().meta({ description: "Only events of this name are measured." }),
    aggregation: MeterAggregation,
    window: meterWindow.meta({ description: windowText }),
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

export type MeterRow = {
  meter_id: string;
  code: string;
  name: string;
  event_name: string;
  aggregation: StoredAggregation;
  window: CoreMeter["window"];
  filters: StoredFilter[];
  created_at: Date;
  archived_at: Date | null;
};

/** The meter of a row as core reads it. */
export function toMeter(row: Pick<MeterRow, "code" | "event_name" | "aggregation" | "window" | "filters">): CoreMeter {
  return {
    code: row.code,
    eventName: row.event_name,
    aggregation: toAggregation(row.aggregation),
    window: row.window,
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
    aggregation: presentAggregation(row.aggregation),
    window: row.window,
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
