/** A candidate document tried on real usage, on the wire. */
import { z } from "zod";
import type { SimulatedAmount } from "../../../core/simulation.ts";
import { denominationOutput, presentDenomination } from "../http/denomination.ts";
import { decimalOutput, idField, idOutput, instantField } from "../http/fields.ts";
import { documentInput } from "./document-schema.ts";
import { refuseSenseless } from "./plan-schema.ts";

const maxRangeMs = 400 * 24 * 60 * 60 * 1_000;

export const PlanSimulate = z
  .object({
    ...documentInput,
    customer_id: idField("Only this customer's usage; left out, that of all customers of the plan.").optional(),
    from: instantField("The first instant of the usage to rate."),
    to: instantField("The instant at which the usage ends, which is not part of it; at most 400 days after `from`."),
  })
  .superRefine((body, context) => {
    if (context.issues.length > 0) return;
    const complain = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (body.to <= body.from) complain("to", "Must be after from.");
    if (body.to.getTime() - body.from.getTime() > maxRangeMs) complain("from", "Must be at most 400 days before to.");
    refuseSenseless(body, context);
  })
  .meta({ id: "SimulatePlanRequest", title: "SimulatePlanRequest" });

const SimulatedAmountOutput = z
  .object({ amount: decimalOutput("Exact; below 0 in a difference that is a saving."), ...denominationOutput })
  .meta({ id: "SimulatedAmount", title: "SimulatedAmount" });

const figures = {
  event_count: z.int().meta({ description: "How many events were rated, both ways." }),
  unrated_event_count: z.int().meta({
    description:
      "How many of them the candidate could not rate, because a property that it needs is missing or no number. They cost nothing in it.",
  }),
  current: z
    .array(SimulatedAmountOutput)
    .meta({ description: "What they cost by the version that each subscription has." }),
  candidate: z.array(SimulatedAmountOutput).meta({ description: "What they would cost by the candidate." }),
  difference: z.array(SimulatedAmountOutput).meta({ description: "What the candidate costs more." }),
};

export const SimulatedCustomerOutput = z
  .object({ customer_id: idOutput("The customer."), ...figures })
  .meta({ id: "SimulatedCustomer", title: "SimulatedCustomer" });

export const SimulationTotal = z
  .object({ customer_count: z.int(), ...figures })
  .meta({ id: "SimulationTotal", title: "SimulationTotal" });

export const PlanVersionPreview = z
  .object({
    version: z.int().meta({ description: "The number that the version would get." }),
    subscription_count: z
      .int()
      .meta({ description: "Live subscriptions with an earlier version, which could be moved to it." }),
    ...figures,
  })
  .meta({
    id: "PlanVersionPreview",
    title: "PlanVersionPreview",
    description: "The usage of their current periods so far, by the versions that they have and by this one.",
  });

/** What usage costs by two documents; amounts are exact. */
export type Simulated = {
  eventCount: number;
  unratedCount: number;
  current: SimulatedAmount[];
  candidate: SimulatedAmount[];
  difference: SimulatedAmount[];
};

export type SimulatedCustomer = Simulated & { customerId: string };

export type SimulationScope = { customerId: string | null; from: Date; to: Date };

export function presentSimulated(each: Simulated) {
  const present = (amounts: SimulatedAmount[]) =>
    amounts.map(({ denomination, amount }) => ({ amount: amount.toString(), ...presentDenomination(denomination) }));
  return {
    event_count: each.eventCount,
    unrated_event_count: each.unratedCount,
    current: present(each.current),
    candidate: present(each.candidate),
    difference: present(each.difference),
  };
}
