/** How a meter makes one quantity of a period's events, on the wire and as core has it. */
import { z } from "zod";
import { ExpressionError, parseExpression } from "../../../core/expression.ts";
import type { Aggregation, Measure } from "../../../core/meter.ts";
import { property } from "./property-schema.ts";
import { oneOf } from "./schema.ts";

const expression = z
  .string()
  .superRefine((text, context) => {
    const message = whatIsWrong(text);
    if (message !== null) context.addIssue({ code: "custom", message });
  })
  .meta({
    description:
      "The quantity of an event, computed exactly from its properties: numbers, `+ - * /`, parentheses, `min`, `max`, `ceil`, `floor`, `round`, `if(a < b, x, y)` and `default(property, x)`; at most 500 characters. A name that is not letters, digits and `_` stands between backticks.",
    examples: ["tokens_in * 3 + tokens_out"],
  });

function whatIsWrong(text: string): string | null {
  try {
    parseExpression(text);
    return null;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

const measured = z.enum(["sum", "max", "min", "latest"]);
const timeUnit = z.enum(["second", "minute", "hour", "day", "period"]);

const measureInput = {
  property: property.nullable().default(null).meta({
    description:
      "Name of a property at the top level of the event's `properties`, a number or a numeric string; give this or `expression`.",
  }),
  expression: expression.nullable().default(null).meta({
    description: "What to compute of several properties, like `tokens_in * 3 + tokens_out`; give this or `property`.",
  }),
};

const namesOneMeasure = (measure: { property: string | null; expression: string | null }) =>
  (measure.property === null) !== (measure.expression === null);
const oneMeasureHint = { message: "Give exactly one of property and expression.", path: ["property"] };

type JsonSchema = Record<string, unknown>;
type Properties = Record<string, { anyOf?: JsonSchema[]; description?: string }>;

/** Says in the document what `namesOneMeasure` checks, so that a client's types know it too: two objects instead of one. */
function asTwoForms({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  const { properties, required } = jsonSchema as { properties: Properties; required: string[] };
  const others = required.filter((name) => !(name in measureInput));
  const textOf = (name: string) => properties[name]?.anyOf?.find(({ type }) => type === "string") ?? { type: "string" };
  jsonSchema.oneOf = Object.keys(measureInput).map((given) => ({
    type: "object",
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, field]) => {
        if (!(name in measureInput)) return [name, field];
        return [name, name === given ? { ...textOf(name), description: field.description } : { type: "null" }];
      }),
    ),
    required: required.length === others.length + 2 ? required : [...others, given],
  }));
  for (const keyword of ["type", "properties", "required"]) delete jsonSchema[keyword];
}

const countText = "How many events there were.";
const measureText =
  "`sum`: the quantities added up; they may be negative. `max`, `min`: the greatest, the least. `latest`: that of the last timestamp, of two at once the greater.";
const uniqueText = "How many different values a property had, exactly. A number and the string that writes it are one.";
const weightedText =
  "A level over time, as GB-hours of storage. An event's quantity is the change of the level from its timestamp on; the reading is the level times the time it lasted.";
const perText = "What the level is multiplied by: time in this unit; `period` gives its average over the period.";
const uniquePropertyText = "The property whose different values are counted: a string, a number, true or false.";

const titled = (id: string, description: string) => ({ id, title: id, description });
const inTwoForms = (id: string, description: string) => ({ ...titled(id, description), override: asTwoForms });

export const aggregationInput = z
  .discriminatedUnion(
    "type",
    [
      z.object({ type: z.literal("count") }).meta(titled("CountAggregationInput", countText)),
      z
        .object({ type: measured, ...measureInput })
        .refine(namesOneMeasure, oneMeasureHint)
        .meta(inTwoForms("MeasureAggregationInput", measureText)),
      z
        .object({ type: z.literal("unique_count"), property: property.meta({ description: uniquePropertyText }) })
        .meta(titled("UniqueCountAggregationInput", uniqueText)),
      z
        .object({
          type: z.literal("weighted_sum"),
          ...measureInput,
          per: timeUnit.meta({ description: perText }),
        })
        .refine(namesOneMeasure, oneMeasureHint)
        .meta(inTwoForms("WeightedSumAggregationInput", weightedText)),
    ],
    oneOf("count", ...measured.options, "unique_count", "weighted_sum"),
  )
  .meta(titled("MeterAggregationInput", "How a period's events become one quantity."));

const measureOutput = {
  property: z.string().nullable().meta({ description: "The property that is read; null where an expression is." }),
  expression: z.string().nullable().meta({ description: "What is computed of properties; null where one is read." }),
};

export const MeterAggregation = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("count") }).meta(titled("CountAggregation", countText)),
    z.object({ type: measured, ...measureOutput }).meta(inTwoForms("MeasureAggregation", measureText)),
    z
      .object({ type: z.literal("unique_count"), property: z.string().meta({ description: uniquePropertyText }) })
      .meta(titled("UniqueCountAggregation", uniqueText)),
    z
      .object({ type: z.literal("weighted_sum"), ...measureOutput, per: timeUnit.meta({ description: perText }) })
      .meta(inTwoForms("WeightedSumAggregation", weightedText)),
  ])
  .meta(titled("MeterAggregation", "How a period's events become one quantity."));

/** An aggregation as it is stored: as the wire has it. */
export type StoredAggregation = z.output<typeof MeterAggregation>;

/** The aggregation as core has it, its expression compiled. */
export function toAggregation(stored: StoredAggregation): Aggregation {
  switch (stored.type) {
    case "count":
      return { type: "count" };
    case "unique_count":
      return { type: "unique_count", property: stored.property };
    case "weighted_sum":
      return { type: "weighted_sum", per: stored.per, ...toMeasure(stored) };
    default:
      return { type: stored.type, ...toMeasure(stored) };
  }
}

function toMeasure({ property: name, expression: text }: z.output<z.ZodObject<typeof measureOutput>>): Measure {
  return typeof text === "string" ? { expression: parseExpression(text) } : { property: name as string };
}

/** The aggregation with its fields in the reference's order; one that was stored before there were expressions has none. */
export function presentAggregation(stored: StoredAggregation): StoredAggregation {
  return MeterAggregation.parse({ property: null, expression: null, ...stored });
}
