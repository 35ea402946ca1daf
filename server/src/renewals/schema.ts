/** Changes of subscriptions on the wire, and what they would come to. */
import { z } from "zod";
import { codeField, metadataField } from "../http/fields.ts";
import { CreditNote, Invoice, presentCreditNote, presentInvoice } from "../invoicing/schema.ts";
import { anchorDay, dayOrInstant, quantityField, Subscription, subscriptionStatus } from "../subscriptions/schema.ts";
import type { Outcome } from "./renewals.ts";

const text = {
  dryRun: "Answers what it would come to, computed as it would be, and changes nothing.",
  refund:
    "Only with `now`: whether fees paid for longer are given back for the time that is cut off; the default is `prorated_refund`.",
};

const dryRun = z.boolean().default(false).meta({ description: text.dryRun });
const timing = z.enum(["now", "end_of_period"]);
const refundPolicy = z.enum(["prorated_refund", "no_refund"]);

function refusePolicyLater(mode: string) {
  return {
    path: ["cancel_now_prepaid_refund_policy"],
    message: `Only goes with ${mode} "now": at the end of a period nothing that was paid is cut off.`,
  };
}

export const SubscriptionCancel = z
  .object({
    cancel_mode: timing.meta({ description: "`now` ends it at once; `end_of_period` when the current period ends." }),
    cancel_now_prepaid_refund_policy: refundPolicy.optional().meta({ description: text.refund }),
    dry_run: dryRun,
  })
  .refine(
    (body) => body.cancel_mode === "now" || body.cancel_now_prepaid_refund_policy === undefined,
    refusePolicyLater("cancel_mode"),
  )
  .meta({ id: "CancelSubscriptionRequest", title: "CancelSubscriptionRequest" });

export const SubscriptionPlanChange = z
  .object({
    target_plan_code: codeField("The plan to move to; its latest version is taken when the change takes effect."),
    change_mode: timing.meta({ description: "`now` at once; `end_of_period` when the current period ends." }),
    cancel_now_prepaid_refund_policy: refundPolicy.optional().meta({ description: text.refund }),
    dry_run: dryRun,
  })
  .refine(
    (body) => body.change_mode === "now" || body.cancel_now_prepaid_refund_policy === undefined,
    refusePolicyLater("change_mode"),
  )
  .meta({ id: "ChangePlanRequest", title: "ChangePlanRequest" });

export const SubscriptionUpdate = z
  .object({
    status: subscriptionStatus.optional().meta({
      description:
        "`active` starts a pending subscription, and ends a trial; `canceled` ends it now, gives back the rest of what was paid and sets `canceled_at`.",
    }),
    billing_anchor_day: anchorDay
      .optional()
      .meta({ description: "From the end of the current period on: the day of the month on which periods begin." }),
    next_renewal_date: dayOrInstant.optional().meta({
      description:
        "Ends the current period on this day instead, and begins new ones there; what was asked for the period stays as it is.",
    }),
    quantity: quantityField.optional().meta({
      description: "How many seats from now on; the rest of the period is charged or given back on the next invoice.",
    }),
    cancel_at: z
      .null()
      .optional()
      .meta({ description: "`null` takes back a cancellation or plan change that has not taken effect." }),
    metadata: metadataField.optional(),
    dry_run: dryRun,
  })
  .meta({ id: "UpdateSubscriptionRequest", title: "UpdateSubscriptionRequest" });

export const SubscriptionPause = z
  .object({ dry_run: dryRun })
  .meta({ id: "PauseSubscriptionRequest", title: "PauseSubscriptionRequest" });

const Preview = z
  .object({
    invoices: z.array(Invoice).meta({ description: "The invoices that it would make or change, as they would be." }),
    credit_notes: z.array(CreditNote).meta({ description: "What it would give back of invoices." }),
  })
  .meta({ id: "SubscriptionPreview", title: "SubscriptionPreview" });

const preview = Preview.nullable().meta({ description: "With `dry_run`: what it would come to; null without." });

export const subscriptionAnswer = { subscription: Subscription, preview };

export const planChangeAnswer = {
  status: z.enum(["completed", "scheduled"]),
  old_subscription: Subscription,
  new_subscription: Subscription.nullable().meta({
    description: "The one that takes over; null while it is scheduled.",
  }),
  preview,
};

export type CancelFields = z.output<typeof SubscriptionCancel>;
export type PlanChangeFields = z.output<typeof SubscriptionPlanChange>;
export type SubscriptionPatch = z.output<typeof SubscriptionUpdate>;

export function presentPreview({ account, isDryRun }: Outcome): z.input<typeof Preview> | null {
  if (!isDryRun) return null;
  return {
    invoices: account.books.invoices
      .filter((open) => open.stored === null || open.stored.invoice !== open.invoice)
      .map((open) => presentInvoice(open, null)),
    credit_notes: account.books.creditNotes.map(presentCreditNote),
  };
}
