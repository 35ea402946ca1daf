import type { FastifyInstance, FastifyRequest } from "fastify";
import { BillingError } from "../../../core/errors.ts";
import type { Metrics } from "../platform/metrics.ts";

/** Who may read the metrics: nobody, programs on this machine, or everybody. */
export type MetricsAccess = "off" | "loopback" | "on";

/** Serves `metrics` at `/metrics`, to whom `access` says; for all others there is no such route. */
export function addMetrics(server: FastifyInstance, metrics: Metrics, access: MetricsAccess): void {
  server.get("/metrics", async (request, reply) => {
    if (!mayRead(request, access)) throw new BillingError("NOT_FOUND");
    return reply.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8").send(metrics.text());
  });
}

const loopbackAddress = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** A proxy on this machine also comes from here; it brings others' requests and says so. */
const forwardingHeaders = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

function mayRead({ ip, headers }: FastifyRequest, access: MetricsAccess): boolean {
  if (access !== "loopback") return access === "on";
  return loopbackAddress.test(ip) && !forwardingHeaders.some((name) => name in headers);
}
