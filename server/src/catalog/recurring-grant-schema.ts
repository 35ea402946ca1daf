/** Credits that every billing period of a plan begins with, on the wire and as core has them. */
import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import type { RecurringGrant as CoreRecurringGrant, Rollover as CoreRollover } from "../../../core/plan.ts";
import { creditKind, creditKindField, creditPriorityField, creditPriorityOutput } from "../http/credit.ts";
import {
  denominationFields,
  denominationOutput,
  namesOneDenomination,
  oneDenominationHint,
  toDenomination,
} from "../http/denomination.ts";
import { codeField, decimalOutput, decimalTextField } from "../http/fields.ts";
import { nameField, oneOf } from "./schema.ts";

const text = {
  code: "Unique among the recurring grants of the document.",
  amount: "What every billing period gives: above 0, exact; for each seat where `per` says so.",
  per: "Given once for the subscription, or for each of its seats.",
  none: "They expire.",
  all: "All of them stay.",
  capped: "At most `cap` of them go on into the next period; the rest expires.",
  cap: "The most that goes on, in the grant's denomination.",
};

const per = z.enum(["subscription", "seat"]);

const titled = (id: string, description: string) => ({ id, title: id, description });

const rolloverInput = z
  .discriminatedUnion(
    "type",
    [
      z.object({ type: z.literal("none") }).meta(titled("NoRolloverInput", text.none)),
      z.object({ type: z.literal("all") }).meta(titled("FullRolloverInput", text.all)),
      z
        .object({ type: z.literal("capped"), cap: decimalTextField(text.cap) })
        .meta(titled("CappedRolloverInput", text.capped)),
    ],
    oneOf("none", "all", "capped"),
  )
  .meta(
    titled(
      "RolloverInput",
      "What becomes of the credits that are left as a billing period ends; left out, they expire.",
    ),
  );

const Rollover = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("none") }).meta(titled("NoRollover", text.none)),
    z.object({ type: z.literal("all") }).meta(titled("FullRollover", text.all)),
    z.object({ type: z.literal("capped"), cap: decimalOutput(text.cap) }).meta(titled("CappedRollover", text.capped)),
  ])
  .meta(titled("Rollover", "What becomes of the credits that are left as a billing period ends."));

export const recurringGrantInput = z
  .object({
    code: codeField(text.code),
    name: nameField,
    amount: decimalTextField(text.amount),
    ...denominationFields,
    per: per.default("subscription").meta({ description: text.per }),
    kind: creditKindField,
    priority: creditPriorityField,
    rollover: rolloverInput.default({ type: "none" }),
  })
  .refine(namesOneDenomination, oneDenominationHint)
  .meta({ id: "RecurringGrantInput", title: "RecurringGrantInput" });

export const RecurringGrant = z
  .object({
    code: z.string().meta({ description: text.code }),
    name: z.string(),
    amount: decimalOutput(text.amount),
    ...denominationOutput,
    per: per.meta({ description: text.per }),
    kind: creditKind,
    priority: creditPriorityOutput,
    rollover: Rollover,
  })
  .meta({ id: "RecurringGrant", title: "RecurringGrant" });

export function toRecurringGrant(grant: z.output<typeof RecurringGrant>): CoreRecurringGrant {
  const { code, name, amount, per, kind, priority, rollover } = grant;
  return {
    code,
    name,
    denomination: toDenomination(grant),
    amount: decimal(amount),
    per,
    kind,
    priority,
    rollover: toRollover(rollover),
  };
}

function toRollover(rollover: z.output<typeof Rollover>): CoreRollover {
  return rollover.type === "capped" ? { type: "capped", cap: decimal(rollover.cap) } : rollover;
}
