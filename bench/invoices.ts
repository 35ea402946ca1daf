/*
 * `npm run bench:invoices [-- --invoices N]`: how fast invoices of eight lines are finalized, one transaction each, and made a PDF of, one after
 * another. Prints the rates and the memory in use from start to end, and for 10,000 or more writes them to `results/invoices.json`.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createCompany, findTenant } from "../server/src/companies/companies.ts";
import { createCustomer, customerKey } from "../server/src/customers/customers.ts";
import { CustomerCreate } from "../server/src/customers/schema.ts";
import {
  createInvoice,
  finalizeInvoice,
  getInvoice,
  invoicePdf,
  PdfRenderer,
} from "../server/src/invoicing/invoicing.ts";
import { InvoiceCreate } from "../server/src/invoicing/schema.ts";
import { createDatabase, sql } from "../server/src/platform/db.ts";
import { startEmbeddedPostgres } from "../server/src/platform/embedded-postgres/embedded-postgres.ts";
import { migrate } from "../server/src/platform/migrations.ts";
import { projectRoot } from "../server/src/platform/project-root.ts";
import { describeMachine, peakMemoryMb } from "./ingest/machine.ts";

const { values } = parseArgs({ options: { invoices: { type: "string", default: "10000" } } });
const count = Number(values.invoices);
const now = new Date("2026-03-10T09:00:00.000Z");

const folder = await mkdtemp(path.join(tmpdir(), "afternoon-bench-"));
const postgres = await startEmbeddedPostgres({ dataDir: folder });
const { connectionString } = postgres;
const pdfs = new PdfRenderer();
try {
  await migrate({ connectionString });
  const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
  await database.transaction((tx) => createCompany(tx, { name: "Bench", currencyCode: "usd" }, now));
  const [row] = await database.query<{ tenant_id: number }>(sql`select min(tenant_id) as tenant_id from tenants`);
  const tenant = await findTenant(database, row?.tenant_id ?? 0);
  if (tenant === null) throw new Error("there is no tenant");
  const line_items = Array.from({ length: 8 }, (_, index) => ({
    description: `Line ${index + 1}`,
    quantity: "3",
    unit_amount_cents: 1_234,
  }));
  const ids: string[] = [];
  while (ids.length < count)
    await database.transaction(async (tx) => {
      const { customer_id } = await createCustomer(tx, tenant, CustomerCreate.parse({ name: "Bench" }), now);
      for (let index = 0; index < 100 && ids.length < count; index++) {
        const draft = await createInvoice(tx, tenant, InvoiceCreate.parse({ customer_id, line_items }), now);
        ids.push(draft.invoice.invoice_id);
      }
    });
  const start = memoryMb();
  const finalized = await time(ids, (id) => database.transaction((tx) => finalizeInvoice(tx, tenant, id, now)));
  // The worker and its fonts are there before memory is compared.
  await makePdf(ids[0] as string);
  const withWorker = memoryMb();
  const half = Math.ceil(ids.length / 2);
  const [first, second] = [ids.slice(0, half), ids.slice(half)];
  const firstHalf = await time(first, makePdf);
  const halfway = memoryMb();
  const secondHalf = await time(second, makePdf);
  const made = ids.length / (first.length / firstHalf + second.length / secondHalf);
  const results = {
    machine: describeMachine(),
    command: `npm run bench:invoices -- --invoices ${count}`,
    invoices: count,
    finalized_per_second: Math.round(finalized),
    pdfs_per_second: Math.round(made),
    finalized_with_pdf_per_second: Math.round(1 / (1 / finalized + 1 / made)),
    memory_mb: {
      start,
      with_first_pdf: withWorker,
      halfway,
      end: memoryMb(),
      peak: Math.round(peakMemoryMb(process.pid)),
    },
  };
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
  if (count >= 10_000) {
    await mkdir(path.join(projectRoot, "bench/results"), { recursive: true });
    await writeFile(path.join(projectRoot, "bench/results/invoices.json"), `${JSON.stringify(results, null, 2)}\n`);
  }

  async function makePdf(id: string): Promise<void> {
    const whole = await getInvoice(database, { id: row?.tenant_id ?? 0 }, id);
    const key = customerKey({ id: row?.tenant_id ?? 0 }, whole.invoice.customer_id);
    await invoicePdf(database, key, whole, pdfs.render);
  }
  await database.close();
} finally {
  await pdfs.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}

/** What the process has in use now, its worker included, in megabytes (10^6 bytes). Flat is: no more at the end than halfway. */
function memoryMb(): number {
  return Math.round(process.memoryUsage.rss() / 1e6);
}

/** How many a second. */
async function time(ids: string[], work: (id: string) => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (const id of ids) await work(id);
  return (ids.length * 1_000) / (performance.now() - began);
}
