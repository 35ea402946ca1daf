/** What every hosted page shares: how it is answered, how it is refused, and what guards it. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import rateLimit from "@fastify/rate-limit";
import { BillingError } from "../../../core/errors.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { findTenant } from "../companies/companies.ts";
import type { CustomerRow } from "../customers/schema.ts";
import type { Tenant } from "../http/authentication.ts";
import { html, type Html } from "../http/html.ts";
import type { RenderPdf } from "../invoicing/invoicing.ts";
import { getPaymentSettings, type Collecting } from "../payments/payments.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/db.ts";
import { layoutHtml, type Layout } from "./layout.ts";

/** What pages work through. */
export type Hosting = {
  database: Database;
  clock: Clock;
  catalog: Catalog;
  collecting: Collecting;
  renderPdf: RenderPdf;
  style: string;
};

/** Whose page it is. */
export type Host = Tenant & { companyName: string };

/** A page to show, or where to go. */
export type PageAnswer =
  | { type: "page"; status: number; html: string; frameOrigins: string[] }
  /** After a form: to the page that shows what became of it, so that reloading sends nothing again. */
  | { type: "redirect"; address: string }
  | { type: "pdf"; content: Buffer; name: string };

export type PageRequest = {
  token: string;
  query: URLSearchParams;
  form: URLSearchParams;
  /** Real time at first; once it is known whose page it is, that customer's (`atTimeOf`). */
  now: Date;
};

export type PageHandler = (hosting: Hosting, request: PageRequest) => Promise<PageAnswer>;

/** A link that leads nowhere, or no longer. */
export class LinkError extends Error {
  readonly status: 404 | 410;
  constructor(status: 404 | 410, message: string) {
    super(message);
    this.status = status;
  }
}

/** The company of a page. */
export async function hostOf({ database }: Hosting, tenantId: number): Promise<Host> {
  const host = await findTenant(database, tenantId);
  if (host === null) throw new LinkError(404, "This link leads nowhere. Ask whoever sent it for another one.");
  return host;
}

/** Has the rest of the request happen at the customer's time, if they live by a test clock. */
export function atTimeOf(request: PageRequest, { clock_time }: Pick<CustomerRow, "clock_time">): void {
  request.now = clock_time ?? request.now;
}

/** The answer that shows `content` as the company's. */
export async function pageOf(
  hosting: Hosting,
  host: Host,
  page: Pick<Layout, "title" | "content" | "next" | "isWide"> & { status?: number },
): Promise<PageAnswer> {
  const { frame_origins: frameOrigins } = await getPaymentSettings(hosting.database, host);
  const { companyName, mode } = host;
  const { status = 200, ...shown } = page;
  return {
    type: "page",
    status,
    html: layoutHtml({ ...shown, companyName, mode, style: hosting.style }),
    frameOrigins,
  };
}

const perMinute = { reads: 120, writes: 20 };
const maxFormBytes = 20_000;

/** A scope of the server for pages: with forms instead of JSON, and a limit for each visitor of each link. */
export async function openPageScope(server: FastifyInstance, hosting: Hosting): Promise<void> {
  server.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: maxFormBytes },
    (_request, body, done) => done(null, new URLSearchParams(body as string)),
  );
  // Whoever guesses card numbers needs many tries of one link; whoever guesses links would need for ever.
  await server.register(rateLimit, {
    timeWindow: 60_000,
    max: (request: FastifyRequest) => (request.method === "POST" ? perMinute.writes : perMinute.reads),
    keyGenerator: (request: FastifyRequest) =>
      `${request.method} ${request.ip} ${(request.params as { token?: string }).token ?? ""}`,
    errorResponseBuilder: () => Object.assign(new Error("too many tries"), { statusCode: 429 }),
  });
  server.setErrorHandler((error, request, reply) => sendFailure(hosting, error, request, reply));
}

/** Adds a page, and if it takes a form, where that is sent. */
export function addPage(
  server: FastifyInstance,
  hosting: Hosting,
  address: string,
  handlers: { show?: PageHandler; submit?: PageHandler },
): void {
  const answer = (handler: PageHandler) => async (request: FastifyRequest, reply: FastifyReply) => {
    const { token } = request.params as { token: string };
    const query = new URLSearchParams(request.url.split("?")[1] ?? "");
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    return send(reply, await handler(hosting, { token, query, form, now: hosting.clock.now() }));
  };
  if (handlers.show !== undefined) server.get(address, answer(handlers.show));
  if (handlers.submit !== undefined) server.post(address, { onRequest: refuseOtherSites }, answer(handlers.submit));
}

/** The link itself is what allows a form, and no other site knows it; a browser that says where a form comes from is still asked. */
async function refuseOtherSites(request: FastifyRequest): Promise<void> {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none")
    throw new LinkError(404, "This form was sent from another site. Open the link again.");
}

function send(reply: FastifyReply, answer: PageAnswer): FastifyReply {
  if (answer.type === "redirect") return reply.headers(headersFor([])).redirect(answer.address, 303);
  if (answer.type === "pdf")
    return reply
      .headers({
        ...headersFor([]),
        "Content-Type": "application/pdf",
        "Content-Disposition": `inline; filename="${answer.name}"`,
      })
      .send(answer.content);
  return reply
    .code(answer.status)
    .headers(headersFor(answer.frameOrigins))
    .header("Content-Type", "text/html; charset=utf-8")
    .send(answer.html);
}

/** Nothing but our style sheet is loaded, nothing runs, forms go nowhere else, and the address, which is a secret, is told to nobody. */
function headersFor(frameOrigins: string[]): Record<string, string> {
  const framers = frameOrigins.length === 0 ? "'none'" : frameOrigins.join(" ");
  return {
    "Content-Security-Policy": `default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors ${framers}`,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    ...(frameOrigins.length === 0 ? { "X-Frame-Options": "DENY" } : {}),
  };
}

function sendFailure(hosting: Hosting, error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, title, message } = failureOf(error);
  if (status >= 500) request.log.error({ err: error, requestId: request.id }, "a page failed");
  const content: Html = html`<section>
    <h1>${title}</h1>
    <p>${message}</p>
    <p class="soft">Reference: ${request.id}</p>
  </section>`;
  const page = layoutHtml({ title, companyName: "Billing", mode: "live", content, style: hosting.style });
  return send(reply, { type: "page", status, html: page, frameOrigins: [] });
}

function failureOf(error: unknown): { status: number; title: string; message: string } {
  if (typeof error === "object" && error !== null && "statusCode" in error && error.statusCode === 429)
    return { status: 429, title: "Too many tries", message: "Wait a minute, then try again." };
  if (error instanceof LinkError)
    return { status: error.status, title: error.status === 410 ? "Link expired" : "Not found", message: error.message };
  if (error instanceof BillingError) return { status: 409, title: "That did not work", message: error.message };
  return { status: 500, title: "Something went wrong", message: "Nothing was charged twice. Try again in a moment." };
}
