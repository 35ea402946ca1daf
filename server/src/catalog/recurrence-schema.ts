/** How often something recurs, on the wire and as core has it. */
import { z } from "zod";
import type { Recurrence as CoreRecurrence } from "../../../core/period.ts";

/** Ten years of months. A longer period is a mistake, and would close its first invoice when nobody remembers it. */
const maxIntervalCount = 120;

export const billingInterval = z.enum(["week", "month", "quarter", "year"]);

export const intervalCountField = (description: string) =>
  z
    .int("Must be a whole number.")
    .min(1, "Must be at least 1.")
    .max(maxIntervalCount, `Must be at most ${maxIntervalCount}.`)
    .default(1)
    .meta({ description });

const countText = "How many intervals lie between one time and the next.";

export const recurrenceInput = z
  .object({ interval: billingInterval, interval_count: intervalCountField(countText) })
  .meta({ id: "RecurrenceInput", title: "RecurrenceInput" });

export const Recurrence = z
  .object({ interval: billingInterval, interval_count: z.int().meta({ description: countText }) })
  .meta({ id: "Recurrence", title: "Recurrence" });

export function toRecurrence({ interval, interval_count }: z.output<typeof Recurrence>): CoreRecurrence {
  return { interval, intervalCount: interval_count };
}
