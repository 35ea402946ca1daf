import path from "node:path";
import { Worker } from "node:worker_threads";
import { BillingError } from "../../../core/errors.ts";
import { projectRoot } from "../platform/project-root.ts";
import type { InvoiceDocument } from "./document.ts";

export type RenderPdf = (document: InvoiceDocument) => Promise<Buffer>;

/** Built beside the program: a worker is a file of its own. */
const workerFile = path.join(projectRoot, "dist", "server", "src", "invoicing", "pdf-worker.js");
/** A PDF takes tens of milliseconds; whoever waits behind more than that waits too long. */
const mostWaiting = 100;

type Asked = { resolve(pdf: Buffer): void; reject(error: Error): void };
type Answered = { id: number; pdf?: Uint8Array; error?: string };

/** Renders PDFs in a worker, which is started when the first is asked for and again if it ends. */
export class PdfRenderer {
  #worker: Worker | null = null;
  #last = 0;
  readonly #asked = new Map<number, Asked>();

  /** @throws SERVICE_UNAVAILABLE if too many wait. */
  render: RenderPdf = (document) => {
    if (this.#asked.size >= mostWaiting) throw new BillingError("SERVICE_UNAVAILABLE");
    this.#last += 1;
    const id = this.#last;
    return new Promise<Buffer>((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#start().postMessage({ id, document });
    });
  };

  #start(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(workerFile);
    worker.unref();
    worker.on("message", (answer: Answered) => this.#settle(answer));
    worker.on("error", (error: Error) => this.#end(worker, error));
    worker.on("exit", () => this.#end(worker, new Error("the worker that makes PDFs ended")));
    this.#worker = worker;
    return worker;
  }

  #settle({ id, pdf, error }: Answered): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (pdf === undefined) asked?.reject(new Error(error ?? "a PDF could not be made"));
    else asked?.resolve(Buffer.from(pdf));
  }

  #end(worker: Worker, error: Error): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const asked of this.#asked.values()) asked.reject(error);
    this.#asked.clear();
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }
}
