import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { BillingError } from "../../../core/errors.ts";
import { createFile, isHeld, type StoredFile } from "../http/file.ts";
import { projectRoot } from "../platform/project-root.ts";

const builtFolder = path.join(projectRoot, "web", "dashboard", "dist");

/** Everything comes from here, no other page may frame it, and its address, which may hold a token, is told to nobody. */
const securityHeaders = {
  "Content-Security-Policy":
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
  "X-Frame-Options": "DENY",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/** Serves the dashboard's pages as they were built into `folder`; what they show they ask of /v1. */
export function addDashboard(server: FastifyInstance, folder = builtFolder): void {
  // Read when first asked for, and then kept: an address is only looked up among what was there, so that none leads out of it.
  let built: Built | null = null;
  const answer = (request: FastifyRequest, reply: FastifyReply) => {
    built ??= readBuilt(folder);
    return send(built, request, reply.headers(securityHeaders));
  };
  for (const url of ["/dashboard", "/dashboard/*"]) {
    server.get(url, async (request, reply) => answer(request, reply));
    server.route({ method: ["POST", "PUT", "PATCH", "DELETE"], url, onRequest: refuseMethod, handler: refuseMethod });
  }
}

/** Every file by its name, as it is and in a third of its size. */
type Built = Map<string, { plain: StoredFile; gzipped: StoredFile }>;

function send(built: Built | null, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const page = built?.get("index.html");
  if (page === undefined) {
    return reply
      .code(503)
      .headers({ "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" })
      .send("The dashboard has not been built.\n");
  }
  const name = (request.url.split("?", 1)[0] ?? "").replace(/^\/dashboard\/?/, "");
  const isFile = path.posix.extname(name) !== "";
  const forms = isFile ? built?.get(name) : page;
  if (forms === undefined) throw new BillingError("NOT_FOUND", { message: "The dashboard has no such file." });
  const isGzipped = takesGzip(request.headers["accept-encoding"]);
  const file = isGzipped ? forms.gzipped : forms.plain;
  void reply.headers({
    Vary: "Accept-Encoding",
    ...(isGzipped ? { "Content-Encoding": "gzip" } : {}),
    ETag: file.etag,
    "Cache-Control": isHashed(name) ? "public, max-age=31536000, immutable" : "no-cache",
  });
  if (isHeld(file, request.headers["if-none-match"])) return reply.code(304).send();
  return reply.header("Content-Type", file.contentType).send(file.body);
}

function takesGzip(acceptEncoding: string | string[] | undefined): boolean {
  const taken = String(acceptEncoding ?? "")
    .replaceAll(" ", "")
    .split(",");
  return taken.some((each) => /^gzip(?:;q=(?!0(?:\.0*)?$).+)?$/i.test(each));
}

/** Whether the name changes with the content, as the bundler names what a page refers to. */
function isHashed(name: string): boolean {
  return /^assets\/.+-[\w-]{8}\.\w+$/.test(name);
}

const contentTypes: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** The files of `folder` by their names in it; null if it is not there. */
function readBuilt(folder: string): Built | null {
  try {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    return new Map(
      files.map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        const type = contentTypes[path.extname(entry.name)] ?? "application/octet-stream";
        const content = readFileSync(file);
        const forms = { plain: createFile(type, content), gzipped: createFile(type, gzipSync(content)) };
        return [path.relative(folder, file).replaceAll(path.sep, "/"), forms];
      }),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function refuseMethod(_request: FastifyRequest, reply: FastifyReply): Promise<never> {
  void reply.header("Allow", "GET, HEAD");
  throw new BillingError("METHOD_NOT_ALLOWED");
}
