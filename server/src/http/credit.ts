/** How bodies and answers say in which order credits are drawn. */
import { z } from "zod";

const priorityText = "The lower number is drawn first.";

export const creditKind = z.enum(["promotional", "paid"]);

export const creditKindField = creditKind
  .default("promotional")
  .meta({ description: "Promotional credits are drawn before paid ones of the same priority and expiry." });

export const creditPriorityField = z
  .int()
  .min(-1_000_000)
  .max(1_000_000)
  .default(0)
  .meta({ description: priorityText });

export const creditPriorityOutput = z.int().meta({ description: priorityText });

const scopeText =
  "What it pays: `usage` as it comes, or `everything`: invoices too, with what is left of it as they are finalized.";

export const creditScope = z.enum(["usage", "everything"]);

export const creditScopeField = creditScope.default("usage").meta({ description: scopeText });

export const creditScopeOutput = creditScope.meta({ description: scopeText });
