/** What runs in the worker: a document in, its PDF out, one after another. */
import { parentPort } from "node:worker_threads";
import type { InvoiceDocument } from "./document.ts";
import { drawInvoice } from "./pdf.ts";

parentPort?.on("message", (asked: { id: number; document: InvoiceDocument }) => {
  drawInvoice(asked.document).then(
    (pdf) => parentPort?.postMessage({ id: asked.id, pdf }),
    (error: unknown) => parentPort?.postMessage({ id: asked.id, error: String(error) }),
  );
});
