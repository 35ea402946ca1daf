import { z } from "zod";
import { decimal } from "../../../core/decimal.ts";
import { instantOutput } from "../http/fields.ts";

const sums = (description: string) =>
  z
    .array(
      z.object({
        currency_code: z.string(),
        amount_cents: z.int().meta({ description: "In minor units." }),
        count: z.int().meta({ description: "Of how many invoices." }),
      }),
    )
    .meta({ description });

export const Overview = z
  .object({
    as_of: instantOutput("When it was counted."),
    month_start: instantOutput("Since when `invoiced` counts: the begin of the month, UTC."),
    customer_count: z.int(),
    subscription_counts: z.object({ active: z.int(), trialing: z.int(), past_due: z.int(), pending: z.int() }),
    monthly_recurring_revenue: z.array(z.object({ currency_code: z.string(), amount_cents: z.int() })).meta({
      description:
        "The fees of active and overdue subscriptions brought to a month, without usage, pauses, trials, discounts and taxes.",
    }),
    invoiced: sums("What invoices finalized this month come to."),
    outstanding: sums("What is due of open invoices."),
    overdue: sums("What of that is past its due date."),
    rejected_event_count: z.int(),
    wallets_in_debt_count: z.int().meta({ description: "Wallets below zero." }),
  })
  .meta({ id: "Overview", title: "Overview" });

type Sum = { currency_code: string; cents: string; count: number };

export type OverviewFigures = {
  asOf: Date;
  monthStart: Date;
  customers: number;
  subscriptions: z.output<typeof Overview>["subscription_counts"];
  revenue: Map<string, string>;
  invoices: Record<"invoiced" | "outstanding" | "overdue", Sum[]>;
  rejectedEvents: number;
  walletsInDebt: number;
};

export function presentOverview(figures: OverviewFigures): z.input<typeof Overview> {
  const cents = (text: string) => Number.parseInt(decimal(text).toString(), 10);
  const present = (each: Sum[]) =>
    each.map(({ currency_code, cents: amount, count }) => ({ currency_code, amount_cents: cents(amount), count }));
  return {
    as_of: figures.asOf.toISOString(),
    month_start: figures.monthStart.toISOString(),
    customer_count: figures.customers,
    subscription_counts: figures.subscriptions,
    monthly_recurring_revenue: [...figures.revenue]
      .map(([currency_code, amount]) => ({ currency_code, amount_cents: cents(amount) }))
      .toSorted((a, b) => (a.currency_code < b.currency_code ? -1 : 1)),
    invoiced: present(figures.invoices.invoiced),
    outstanding: present(figures.invoices.outstanding),
    overdue: present(figures.invoices.overdue),
    rejected_event_count: figures.rejectedEvents,
    wallets_in_debt_count: figures.walletsInDebt,
  };
}
