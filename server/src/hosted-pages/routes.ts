import type { FastifyInstance } from "fastify";
import { successSchema } from "../http/envelope.ts";
import { isHeld } from "../http/file.ts";
import { idParam, instantOutput } from "../http/fields.ts";
import { writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { z } from "zod";
import { createPortalLink, createSignupLink } from "./hosted-pages.ts";
import { readStyle } from "./layout.ts";
import { addPage, openPageScope, type Hosting } from "./pages.ts";
import { showPayPage, showPdf, showStep, submitPayment, submitStep } from "./pay.ts";
import {
  showBalances,
  showChange,
  showDetails,
  showInvoices,
  showMethods,
  showOverview,
  showUsage,
  submitChange,
  submitDetails,
  submitMethods,
} from "./portal.ts";
import { presentSignupLink, SignupLink, SignupLinkCreate } from "./schema.ts";
import { showSubscribePage, submitSubscription } from "./subscribe.ts";

const tag: Tag = {
  name: "hosted_pages",
  title: "Hosted pages",
  description:
    "Links to pages that your customers open without signing in: to subscribe, and to look after what they have.",
};

export const hostedPageOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/subscription-signup-links",
    operationId: "create-subscription-signup-link",
    sdk: "subscriptionSignupLinks.create",
    tag,
    summary: "Create a signup link",
    description:
      "Makes a page on which a customer looks at a plan with its exact first invoice, gives a payment method and subscribes; or, with `previous_subscription_id`, moves to it. It is good for 24 hours and for one use.",
    body: SignupLinkCreate,
    responses: {
      201: successSchema("SignupLinkResponse", { subscription_signup_link: SignupLink }, "The link"),
    },
    errors: ["CUSTOMER_NOT_FOUND", "PLAN_NOT_FOUND", "SUBSCRIPTION_NOT_FOUND"],
    handle: async ({ tx, tenant, now, publicUrl }, { body }) => ({
      subscription_signup_link: presentSignupLink(await createSignupLink(tx, tenant, body, now), publicUrl),
    }),
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/portal-link",
    operationId: "create-portal-link",
    sdk: "customers.createPortalLink",
    tag,
    summary: "Create a portal link",
    description:
      "Makes a page on which a customer looks after their own subscriptions, balances, usage, invoices, payment methods and address. It is good for 24 hours; whoever has it may use it.",
    params: { id: idParam("CUSTOMER_NOT_FOUND") },
    responses: {
      201: successSchema(
        "PortalLinkResponse",
        {
          url: z.string().meta({ description: "The page, for the customer to open." }),
          expires_at: instantOutput("When it opens no more."),
        },
        "The link",
      ),
    },
    handle: async ({ tx, tenant, now, publicUrl }, { params }) => {
      const { row, token } = await createPortalLink(tx, tenant, params.id, now);
      return { url: `${publicUrl}/portal/${token}`, expires_at: row.expires_at.toISOString() };
    },
  }),
];

/** Serves the pages that customers open by a link. */
export function addHostedPages(server: FastifyInstance, parts: Omit<Hosting, "style">): void {
  const { address, file } = readStyle();
  const hosting: Hosting = { ...parts, style: address };
  server.get("/hosted/hosted.css", (request, reply) => {
    void reply.headers({ ETag: file.etag, "Cache-Control": "public, max-age=31536000, immutable" });
    if (isHeld(file, request.headers["if-none-match"])) return reply.code(304).send();
    return reply.header("Content-Type", file.contentType).send(file.body);
  });
  void server.register(async (scope) => {
    await openPageScope(scope, hosting);
    addPage(scope, hosting, "/pay/:token", { show: showPayPage, submit: submitPayment });
    addPage(scope, hosting, "/pay/:token/pdf", { show: showPdf });
    addPage(scope, hosting, "/pay/:token/step", { show: showStep, submit: submitStep });
    addPage(scope, hosting, "/subscribe/:token", { show: showSubscribePage, submit: submitSubscription });
    addPage(scope, hosting, "/portal/:token", { show: showOverview });
    addPage(scope, hosting, "/portal/:token/change", { show: showChange, submit: submitChange });
    addPage(scope, hosting, "/portal/:token/balances", { show: showBalances });
    addPage(scope, hosting, "/portal/:token/usage", { show: showUsage });
    addPage(scope, hosting, "/portal/:token/invoices", { show: showInvoices });
    addPage(scope, hosting, "/portal/:token/payment-methods", { show: showMethods, submit: submitMethods });
    addPage(scope, hosting, "/portal/:token/details", { show: showDetails, submit: submitDetails });
  });
}
