import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BillingError } from "../../../core/errors.ts";
import { versionOf } from "./assets.ts";
import { createDocumentation, type Documentation } from "./documentation.ts";
import { isHeld, type StoredFile } from "../http/file.ts";

const addresses = ["/docs", "/docs/*", "/docs.md", "/llms.txt", "/llms-full.txt", "/openapi.json"];

/** Serves the documentation, to everybody: pages, their Markdown, the indexes and the OpenAPI document. */
export function addDocumentation(server: FastifyInstance, loadDocument: () => object): void {
  const documentation = createDocumentation(loadDocument);
  for (const url of addresses) {
    server.get(url, (request, reply) => answer(documentation, request, reply));
    server.route({ method: ["POST", "PUT", "PATCH", "DELETE"], url, onRequest: refuseMethod, handler: refuseMethod });
  }
}

/** Everything comes from here, nothing runs inside the page, and no other page may frame it. */
const securityHeaders = {
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "strict-origin-when-cross-origin",
};

async function answer(
  documentation: Documentation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const address = request.url.split("?", 1)[0] ?? "";
  const file = await documentation.find(address);
  void reply.headers(securityHeaders);
  if (file !== null) return sendFile(file, request, reply);
  if (!asksForHtml(address, request)) throw new BillingError("NOT_FOUND");
  const page = await documentation.notFound();
  return reply
    .code(404)
    .headers({ "Content-Type": page.contentType, "Cache-Control": "no-cache", Vary: "Accept" })
    .send(page.body);
}

function sendFile(file: StoredFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { v } = request.query as { v?: unknown };
  const isVersioned = v === versionOf(file);
  void reply.headers({
    ETag: file.etag,
    "Cache-Control": isVersioned ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (isHeld(file, request.headers["if-none-match"])) return reply.code(304).send();
  return reply.header("Content-Type", file.contentType).send(file.body);
}

/** A page's address has no ending; `…/x.md` and the like are files, and their absence is told as the API tells it. */
function asksForHtml(address: string, request: FastifyRequest): boolean {
  return !/\.\w+\/*$/.test(address) && (request.headers.accept ?? "").includes("text/html");
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<never> {
  void reply.header("Allow", "GET, HEAD");
  throw new BillingError("METHOD_NOT_ALLOWED");
}
