import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { gunzipSync } from "node:zlib";
import fastify from "fastify";
import { addDashboard } from "./pages.ts";

const root = await mkdtemp(path.join(os.tmpdir(), "afternoon-dashboard-"));
const folder = path.join(root, "dist");
const server = fastify();
addDashboard(server, folder);
after(async () => {
  await server.close();
  await rm(root, { recursive: true });
});

const get = (url: string, headers: Record<string, string> = {}) => server.inject({ url, headers });

test("a dashboard that has not been built says so, and is served once it is", async () => {
  const before = await get("/dashboard");
  assert.equal(before.statusCode, 503);
  assert.match(before.payload, /The dashboard has not been built/);
  await mkdir(path.join(folder, "assets"), { recursive: true });
  await writeFile(path.join(folder, "index.html"), "<!doctype html><title>Dashboard</title>");
  await writeFile(path.join(folder, "assets", "index-Ab3_9xYz.js"), "1;");
  await writeFile(path.join(folder, "icon.svg"), "<svg/>");
  await writeFile(path.join(root, "secret.txt"), "secret");
  assert.equal((await get("/dashboard")).statusCode, 200);
});

test("every address without an ending is the page, which is asked for anew; what is named by its content is kept for ever", async () => {
  for (const url of ["/dashboard", "/dashboard/", "/dashboard/customers/c1?mode=live", "/dashboard/setup"]) {
    const page = await get(url);
    assert.equal(page.statusCode, 200, url);
    assert.match(page.payload, /<title>Dashboard/);
    assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
    assert.equal(page.headers["cache-control"], "no-cache");
    const again = await get(url, { "if-none-match": String(page.headers.etag) });
    assert.equal(again.statusCode, 304);
  }
  const script = await get("/dashboard/assets/index-Ab3_9xYz.js");
  assert.equal(script.headers["content-type"], "text/javascript; charset=utf-8");
  assert.equal(script.headers["cache-control"], "public, max-age=31536000, immutable");
  assert.equal((await get("/dashboard/icon.svg")).headers["cache-control"], "no-cache");
});

test("pages run nothing from elsewhere, are not framed, and tell their address to nobody", async () => {
  const { headers } = await get("/dashboard");
  assert.equal(
    headers["content-security-policy"],
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
  );
  assert.equal(headers["x-frame-options"], "DENY");
  assert.equal(headers["x-content-type-options"], "nosniff");
  assert.equal(headers["referrer-policy"], "no-referrer");
});

test("a browser that takes gzip gets a file in it, under a tag of its own; who does not, or says so, gets it as it is", async () => {
  const url = "/dashboard/assets/index-Ab3_9xYz.js";
  const plain = await get(url);
  for (const taken of ["gzip, deflate, br", "br;q=1, gzip;q=0.5"]) {
    const { headers, rawPayload } = await get(url, { "accept-encoding": taken });
    assert.equal(headers["content-encoding"], "gzip");
    assert.equal(gunzipSync(rawPayload).toString(), plain.payload);
    assert.notEqual(headers.etag, plain.headers.etag);
    const again = await get(url, { "accept-encoding": taken, "if-none-match": String(headers.etag) });
    assert.equal(again.statusCode, 304);
  }
  for (const taken of ["br", "gzip;q=0", "identity, gzip;q=0.0"]) {
    const { headers, payload } = await get(url, { "accept-encoding": taken });
    assert.deepEqual([headers["content-encoding"], headers.vary, payload], [undefined, "Accept-Encoding", "1;"]);
  }
});

test("no address leads out of the folder", async () => {
  for (const way of [
    "../secret.txt",
    "..%2fsecret.txt",
    "%2e%2e/secret.txt",
    "assets/../../secret.txt",
    "..\\secret.txt",
    "/etc/x.txt",
  ]) {
    const answer = await get(`/dashboard/${way}`);
    assert.ok(!answer.payload.includes("secret\n") && answer.payload !== "secret", way);
    assert.notEqual(answer.statusCode, 200, way);
  }
});

test("pages are only looked at", async () => {
  const answer = await server.inject({ method: "POST", url: "/dashboard/x" });
  assert.equal(answer.headers.allow, "GET, HEAD");
});
