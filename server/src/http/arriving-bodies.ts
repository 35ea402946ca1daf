import { finished } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { BillingError } from "../../../core/errors.ts";

/** Of one company in one process. Bodies have 1 MiB at most, so these are as many as 64 large lists on their way at the same time. */
const maxArrivingBytes = 64 * 1024 * 1024;
/** What is smaller than that is not worth counting: it costs no more than the request that it belongs to. */
const countedFromBytes = 16 * 1024;

/**
 * Refuses a request with SERVICE_UNAVAILABLE whose company has too many large bodies on their way: what has arrived of them is kept in
 * memory, and clients that stop in the middle would fill it. Each counts in full from its beginning until the whole of it is here.
 */
export function boundArrivingBodies(server: FastifyInstance, maxBodyBytes: number): void {
  const arriving = new Map<string, number>();
  server.addHook("preParsing", async (request) => {
    const companyId = request.tenant?.companyId;
    const bytes = announcedBytes(request, maxBodyBytes);
    if (companyId === undefined || bytes < countedFromBytes) return;
    const others = arriving.get(companyId) ?? 0;
    if (others + bytes > maxArrivingBytes) throw new BillingError("SERVICE_UNAVAILABLE");
    arriving.set(companyId, others + bytes);
    // When all of it is here, and also when the client has gone.
    finished(request.raw, { writable: false }, () => {
      const left = (arriving.get(companyId) ?? 0) - bytes;
      if (left > 0) arriving.set(companyId, left);
      else arriving.delete(companyId);
    });
  });
}

/** How large the body may become; more than allowed is refused when it is read. */
function announcedBytes({ headers }: FastifyRequest, maxBodyBytes: number): number {
  if (headers["transfer-encoding"] !== undefined) return maxBodyBytes;
  return Math.min(Number(headers["content-length"] ?? 0), maxBodyBytes);
}
