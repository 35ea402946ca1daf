/** How a body names properties of events, and their values. */
import { isLosslessNumber } from "lossless-json";
import { z } from "zod";
import { readDecimal, type ScalarValue } from "../../../core/property.ts";
import { textField } from "../http/fields.ts";

export const propertyField = (description: string) => textField(255, description);

/** The one property that something reads. */
export const property = propertyField("Name of a property at the top level of the event's `properties`.");

const maxValueLength = 255;
const scalarHint = `a string of at most ${maxValueLength} characters, a number, true or false.`;
const scalarForm = { type: ["string", "number", "boolean"], examples: ["gpt-4"] };

export const scalar = z
  .unknown()
  .transform((value, context): ScalarValue => {
    if (isScalar(value)) return value;
    context.addIssue({ code: "custom", message: value === undefined ? "Is required." : `Must be ${scalarHint}` });
    return z.NEVER;
  })
  .meta({ override: scalarForm });

export const scalarOutput = z.unknown().refine(isScalar).meta({ override: scalarForm });

function isScalar(value: unknown): value is ScalarValue {
  if (typeof value === "string") return value.length <= maxValueLength;
  return typeof value === "number" || typeof value === "boolean" || isLosslessNumber(value);
}

const valueDescription = "null stands for an event without the property.";

/**
 * One value of a dimension. A number becomes the string that writes it: dimensions do not tell them apart, and a string is
 * exact wherever it is stored.
 */
export const dimensionValue = z
  .unknown()
  .transform((value, context): string | boolean | null => {
    if (value === null || typeof value === "boolean") return value;
    if (isScalar(value)) return typeof value === "string" ? value : (readDecimal(value)?.toString() ?? null);
    context.addIssue({ code: "custom", message: `Must be null, ${scalarHint}` });
    return z.NEVER;
  })
  .meta({
    description: valueDescription,
    override: { type: ["string", "number", "boolean", "null"], examples: ["eu"], description: valueDescription },
  });

export const dimensionValueOutput = z
  .union([z.string(), z.boolean(), z.null()])
  .meta({ description: `Numbers as strings; ${valueDescription}`, examples: ["eu"] });
