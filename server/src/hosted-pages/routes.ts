import type { FastifyInstance } from "fastify";
import { isHeld } from "../http/file.ts";
import { readStyle } from "./layout.ts";
import { addPage, openPageScope, type Hosting } from "./pages.ts";
import { showPayPage, showStep, submitPayment, submitStep } from "./pay.ts";

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
    addPage(scope, hosting, "/pay/:token/step", { show: showStep, submit: submitStep });
  });
}
