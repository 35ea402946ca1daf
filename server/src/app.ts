import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { writeAuditEntry } from "./audit-log/audit-log.ts";
import { auditLogOperations } from "./audit-log/routes.ts";
import { createCatalogReader, type Catalog } from "./catalog/catalog.ts";
import { catalogOperations } from "./catalog/routes.ts";
import { createKeyFinder } from "./companies/companies.ts";
import { companyOperations } from "./companies/routes.ts";
import { createSessionFinder } from "./dashboard-access/dashboard-access.ts";
import { addDashboard } from "./dashboard-access/pages.ts";
import { dashboardOperations } from "./dashboard-access/routes.ts";
import { customerOperations } from "./customers/routes.ts";
import { discountOperations } from "./discounts/routes.ts";
import { addDocumentation } from "./documentation/routes.ts";
import { addHostedPages, hostedPageOperations } from "./hosted-pages/routes.ts";
import { erasureOperations } from "./erasure/routes.ts";
import { holdOperations } from "./holds/routes.ts";
import { healthOperations } from "./http/health.ts";
import { createOpenApiDocument } from "./http/openapi.ts";
import type { Operation } from "./http/operation.ts";
import { RateLimiter } from "./http/rate-limit.ts";
import { addMetrics, type MetricsAccess } from "./http/metrics.ts";
import { createServer } from "./http/server.ts";
import { defaultLaneSettings, Lanes, type LaneSettings } from "./metering/lanes.ts";
import { PdfRenderer, type RenderPdf } from "./invoicing/invoicing.ts";
import { invoiceOperations } from "./invoicing/routes.ts";
import { mailOperations } from "./mail/routes.ts";
import { LiveEvents } from "./metering/live-events.ts";
import type { CatchUp } from "./metering/metering.ts";
import { meteringOperations } from "./metering/routes.ts";
import { planTrials } from "./metering/simulate.ts";
import { overviewOperations } from "./overview/routes.ts";
import {
  createSandbox,
  createStripe,
  followCollected,
  type Collecting,
  type PaymentProvider,
  type StripeAccess,
} from "./payments/payments.ts";
import { addStripeEvents, paymentOperations } from "./payments/routes.ts";
import type { Clock } from "./platform/clock.ts";
import type { Database } from "./platform/db.ts";
import { createMetrics, type Metrics } from "./platform/metrics.ts";
import type { Secrets } from "./platform/secrets.ts";
import { expectCredits } from "./renewals/expected-credits.ts";
import { catchUp } from "./renewals/renewals.ts";
import { explanationOperations, renewalOperations } from "./renewals/routes.ts";
import { RequestLog } from "./request-log/request-log.ts";
import { requestLogOperations } from "./request-log/routes.ts";
import { subscriptionOperations } from "./subscriptions/routes.ts";
import { requireLiveSubscription } from "./subscriptions/subscriptions.ts";
import { taxOperations } from "./taxes/routes.ts";
import { testClockOperations } from "./test-clocks/routes.ts";
import { createTimeFinder, findClockTime } from "./test-clocks/test-clocks.ts";
import { topUpOperations } from "./top-ups/routes.ts";
import { walletOperations } from "./wallets/routes.ts";
import { createWalletReader, inDebt, type ReadWallets } from "./wallets/wallets.ts";
import { webhookOperations } from "./webhooks/routes.ts";

/** What operations work through. */
export type Parts = {
  catalog: Catalog;
  lanes: Lanes;
  catchUp: CatchUp;
  readWallets: ReadWallets;
  collecting: Collecting;
  renderPdf: RenderPdf;
  live: LiveEvents;
  /** What second factors are sealed with. */
  secrets: Secrets;
};

/** Every operation of the API, in the order in which the reference lists them. Without parts they can be described, not run. */
export function createOperations({
  catalog,
  lanes,
  catchUp: billUp,
  readWallets,
  collecting,
  renderPdf,
  live,
  secrets,
}: Parts = describedOnly): Operation[] {
  return [
    ...meteringOperations(catalog, lanes, billUp, live),
    ...customerOperations(findClockTime, inDebt),
    ...walletOperations(readWallets, (tx, key, until, now) => expectCredits(tx, catalog, key, until, now)),
    ...topUpOperations,
    ...subscriptionOperations,
    ...holdOperations(catalog, billUp),
    ...renewalOperations(catalog),
    ...discountOperations(requireLiveSubscription),
    ...taxOperations,
    ...invoiceOperations((...invoice) => followCollected(collecting)(...invoice), renderPdf),
    ...explanationOperations,
    ...paymentOperations(collecting),
    ...hostedPageOperations,
    ...erasureOperations,
    ...testClockOperations,
    ...catalogOperations(planTrials(catalog)),
    ...mailOperations(collecting?.publicUrl ?? ""),
    ...webhookOperations,
    ...overviewOperations(catalog),
    ...companyOperations,
    ...auditLogOperations,
    ...requestLogOperations,
    ...dashboardOperations(secrets),
    ...healthOperations,
  ];
}

const describedOnly = {} as Parts;

/** What collecting works through, in requests and in jobs. */
export function createCollecting(
  database: Database,
  catalog: Catalog,
  publicUrl: string,
  stripe?: StripeAccess,
): Collecting {
  const providers: PaymentProvider[] = [createSandbox(database)];
  if (stripe !== undefined) providers.push(createStripe(database, stripe));
  return {
    catalog,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    publicUrl,
    secrets: stripe?.secrets ?? null,
  };
}

export type AppOptions = {
  database: Database;
  clock: Clock;
  log: Logger;
  rateLimitPerMinute: number;
  publicUrl: string;
  lanes?: Partial<LaneSettings>;
  /** Where to count; on its own if there is none. */
  metrics?: Metrics;
  metricsAccess?: MetricsAccess;
  stallTimeoutMs?: number;
  checkAnswers?: boolean;
  /** Without it no company can set up Stripe. */
  stripe?: StripeAccess;
};

/** Of a request: whoever calls waits for it, and lets nobody wait longer than that for a database that is away. */
const statementTimeoutMs = 10_000;
const requestConnections = 10;
const admissionConnections = 2;
/** A key is found in a millisecond; a connection on which it is not is given up, so that the next caller gets another one. */
const admissionTimeoutMs = 1_000;

/** Without the server's key nothing can be sealed. */
const noSecrets: Secrets = { seal: refuseToSeal, open: refuseToSeal };

function refuseToSeal(): never {
  throw new Error("a server without a secret key has no second factors");
}

/** The whole product behind HTTP, not yet listening. Closed, it has worked every event that it had taken into memory. */
export function createApp(options: AppOptions): FastifyInstance {
  const { clock } = options;
  const database = options.database.reserve({ maxConnections: requestConnections, statementTimeoutMs });
  const metrics = options.metrics ?? createMetrics();
  const catalog = createCatalogReader(clock);
  const settings = { ...defaultLaneSettings, ...options.lanes };
  const billUp: CatchUp = (tx, keys, now) => catchUp(tx, catalog, keys, now);
  const lanes = new Lanes({ ...options, database, catalog, catchUp: billUp, metrics, settings });
  const collecting = createCollecting(database, catalog, options.publicUrl, options.stripe);
  const live = new LiveEvents({ database, clock, log: options.log });
  const pdfs = new PdfRenderer();
  const operations = createOperations({
    catalog,
    lanes,
    catchUp: billUp,
    readWallets: createWalletReader(database),
    collecting,
    renderPdf: pdfs.render,
    live,
    secrets: options.stripe?.secrets ?? noSecrets,
  });
  // Connections of their own: requests are let in also while all others wait, for a lock or for a slow statement.
  const admission = options.database.reserve({
    maxConnections: admissionConnections,
    keepsConnections: true,
    statementTimeoutMs: admissionTimeoutMs,
  });
  const requestLog = new RequestLog({ db: database, log: options.log });
  const rateLimiter = new RateLimiter({ db: admission, log: options.log });
  const findApiKey = createKeyFinder(admission, clock);
  const server = createServer({
    ...options,
    database,
    operations,
    findApiKey,
    findSession: createSessionFinder(admission, clock),
    rateLimiter,
    writeAuditEntry,
    logRequest: requestLog.add,
    findTime: createTimeFinder(database),
  });
  // Before the server waits for what is in flight: a stream has no end of its own.
  server.addHook("preClose", async () => live.close());
  server.addHook("onReady", async () => lanes.start());
  server.addHook("onClose", async () => {
    await lanes.close();
    await rateLimiter.close();
    await requestLog.flush();
    await Promise.all([admission.close(), database.close(), pdfs.close()]);
  });
  addMetrics(server, metrics, options.metricsAccess ?? "loopback");
  addHostedPages(server, { database, clock, catalog, collecting, renderPdf: pdfs.render });
  addDashboard(server);
  addStripeEvents(server, { database, clock, collecting });
  addDocumentation(server, () => createOpenApiDocument(operations));
  return server;
}
