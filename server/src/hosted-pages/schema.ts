import { z } from "zod";
import { codeField, idField, idOutput, instantOutput } from "../http/fields.ts";
import type { SignupLinkRow } from "./link-sql.ts";

const address = (description: string) =>
  z
    .url({ protocol: /^https?$/, error: "Must be an http or https URL." })
    .max(2_048)
    .meta({ description });

const text = {
  successUrl: "Where the customer goes when it is done; on a site that the payment settings name.",
  backUrl: "Where the customer goes who turns back; on a site that the payment settings name.",
  previous: "The subscription that the customer moves from; without it a new one begins.",
  timing: "When a plan change takes effect; required with `previous_subscription_id`.",
  refund: "Only with `now`: whether fees paid for longer are given back; the default is `prorated_refund`.",
};
const timing = z.enum(["now", "end_of_period"]);
const refundPolicy = z.enum(["prorated_refund", "no_refund"]);

export const SignupLinkCreate = z
  .object({
    customer_id: idField("Who subscribes."),
    plan_code: codeField("The plan; its latest version is taken as the customer subscribes."),
    success_url: address(text.successUrl).nullable().default(null),
    back_url: address(text.backUrl).nullable().default(null),
    previous_subscription_id: idField(text.previous).nullable().default(null),
    change_timing_mode: timing.nullable().default(null).meta({ description: text.timing }),
    cancel_now_prepaid_refund_policy: refundPolicy.nullable().default(null).meta({ description: text.refund }),
  })
  .refine((link) => (link.previous_subscription_id === null) === (link.change_timing_mode === null), {
    path: ["change_timing_mode"],
    message: "Is required with previous_subscription_id, and only goes with it.",
  })
  .refine((link) => link.cancel_now_prepaid_refund_policy === null || link.change_timing_mode === "now", {
    path: ["cancel_now_prepaid_refund_policy"],
    message: 'Only goes with change_timing_mode "now".',
  })
  .meta({ id: "CreateSignupLinkRequest", title: "CreateSignupLinkRequest" });

export const SignupLink = z
  .object({
    id: idOutput("Id of the link."),
    token: z.string().meta({ description: "What makes the address one that nobody can guess. Shown only here." }),
    url: z.string().meta({ description: "The page, for the customer to open; it can be used once." }),
    expires_at: instantOutput("When it can be used no more: after 24 hours."),
    customer_id: idOutput("Who subscribes."),
    plan_code: z.string(),
    success_url: z.string().nullable().meta({ description: text.successUrl }),
    back_url: z.string().nullable().meta({ description: text.backUrl }),
    previous_subscription_id: z.string().nullable().meta({ description: text.previous }),
    change_timing_mode: timing.nullable().meta({ description: text.timing }),
    cancel_now_prepaid_refund_policy: refundPolicy.nullable().meta({ description: text.refund }),
  })
  .meta({ id: "SubscriptionSignupLink", title: "SubscriptionSignupLink" });

export type SignupLinkFields = z.output<typeof SignupLinkCreate>;

export function presentSignupLink(
  { row, token }: { row: SignupLinkRow; token: string },
  publicUrl: string,
): z.input<typeof SignupLink> {
  return {
    id: row.signup_link_id,
    token,
    url: `${publicUrl}/subscribe/${token}`,
    expires_at: row.expires_at.toISOString(),
    customer_id: row.customer_id,
    plan_code: row.plan_code,
    success_url: row.success_url,
    back_url: row.back_url,
    previous_subscription_id: row.previous_subscription_id,
    change_timing_mode: row.change_timing_mode,
    cancel_now_prepaid_refund_policy: row.cancel_now_prepaid_refund_policy,
  };
}
