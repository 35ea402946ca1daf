/** What may be added to a price of any model. */
import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import type { PriceModifiers } from "../../../core/plan.ts";
import { decimalOutput, decimalTextField, zeroDecimalTextField } from "../http/fields.ts";
import { propertyField } from "./property-schema.ts";
import { decimalOrNull } from "./tier-schema.ts";

const text = {
  groupBy:
    "Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.",
  rounding: "Brings quantities to whole steps before they are priced; null leaves them as they are.",
  mode: "`round` sends half a step away from zero.",
  step: "The size of a step, in units of the meter: `60` of a meter of seconds is a minute.",
  per: "Whether every event's quantity is rounded before it is added, or the period's reading before it is priced.",
  includedUnits: "Units of a period that cost nothing; in each group where usage is counted apart.",
  minimum:
    "The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event.",
  maximum: "The most that a period costs, all groups together; what comes after it costs nothing.",
  lateUsage:
    "What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.",
};

const mode = z.enum(["ceil", "floor", "round"]).meta({ description: text.mode });
const per = z.enum(["event", "period"]).meta({ description: text.per });
const lateUsage = z.enum(["current_period", "reject"]);

const roundingInput = z
  .object({ mode, step: decimalTextField(text.step), per })
  .meta({ id: "UnitRoundingInput", title: "UnitRoundingInput" });

const UnitRounding = z
  .object({ mode, step: decimalOutput(text.step), per })
  .meta({ id: "UnitRounding", title: "UnitRounding" });

export const modifierInput = {
  group_by: z
    .array(propertyField("Name of a property at the top level of the event's `properties`."))
    .default([])
    .meta({ description: text.groupBy }),
  rounding: roundingInput.nullable().default(null).meta({ description: text.rounding }),
  included_units: zeroDecimalTextField(text.includedUnits),
  minimum_amount: decimalTextField(text.minimum).nullable().default(null),
  maximum_amount: decimalTextField(text.maximum).nullable().default(null),
  late_usage: lateUsage.default("current_period").meta({ description: text.lateUsage }),
};

export const modifierOutput = {
  group_by: z.array(z.string()).meta({ description: text.groupBy }),
  rounding: UnitRounding.nullable().meta({ description: text.rounding }),
  included_units: decimalOutput(text.includedUnits),
  minimum_amount: decimalOutput(text.minimum).nullable(),
  maximum_amount: decimalOutput(text.maximum).nullable(),
  late_usage: lateUsage.meta({ description: text.lateUsage }),
};

type StoredModifiers = z.output<z.ZodObject<typeof modifierOutput>>;

/** Of a price that was stored before there were modifiers, and of one that names none. */
export const storedDefaults: StoredModifiers = {
  group_by: [],
  rounding: null,
  included_units: "0",
  minimum_amount: null,
  maximum_amount: null,
  late_usage: "current_period",
};

export function toModifiers(stored: StoredModifiers): PriceModifiers {
  const { rounding } = stored;
  return {
    groupBy: stored.group_by,
    rounding: rounding === null ? null : { mode: rounding.mode, step: decimal(rounding.step), per: rounding.per },
    includedUnits: decimal(stored.included_units),
    minimum: decimalOrNull(stored.minimum_amount),
    maximum: decimalOrNull(stored.maximum_amount),
    lateUsage: stored.late_usage,
  };
}
