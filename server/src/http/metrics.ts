import type { FastifyInstance, FastifyRequest } from "fastify";
import { Histogram } from "prom-client";
import { BillingError } from "../../../core/errors.ts";
import { durationBuckets, metricsContentType, type Metrics } from "../platform/metrics.ts";

/** Who may read the metrics: nobody, programs on this machine, or everybody. */
export type MetricsAccess = "off" | "loopback" | "on";

/** Counts requests, and serves `metrics` at `/metrics`, to whom `access` says; for all others there is no such route. */
export function addMetrics(server: FastifyInstance, metrics: Metrics, access: MetricsAccess): void {
  countRequests(server, metrics);
  server.get("/metrics", async (request, reply) => {
    if (!mayRead(request, access)) throw new BillingError("NOT_FOUND");
    const text = await metrics.text().catch((cause: unknown) => {
      throw new BillingError("SERVICE_UNAVAILABLE", { message: "A process of this server does not answer.", cause });
    });
    return reply.header("Content-Type", metricsContentType).send(text);
  });
}

function countRequests(server: FastifyInstance, { registry }: Metrics): void {
  const requests = new Histogram({
    name: "afternoon_http_request_duration_seconds",
    help: "From the arrival of a request to the end of its answer.",
    labelNames: ["method", "route", "status"],
    buckets: durationBuckets,
    registers: [registry],
  });
  server.addHook("onResponse", (request, reply, done) => {
    // The declared path, not the one asked for: anybody can ask for a path of their own, and each would be a series.
    const { method, url: route } = request.routeOptions;
    const labels = { method: route === undefined ? "" : String(method), route: route ?? "", status: reply.statusCode };
    requests.observe(labels, reply.elapsedTime / 1_000);
    done();
  });
}

const loopbackAddress = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** A proxy on this machine also comes from here; it brings others' requests and says so. */
const forwardingHeaders = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

function mayRead({ ip, headers }: FastifyRequest, access: MetricsAccess): boolean {
  if (access !== "loopback") return access === "on";
  return loopbackAddress.test(ip) && !forwardingHeaders.some((name) => name in headers);
}
