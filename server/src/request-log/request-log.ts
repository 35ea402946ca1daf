import type { Logger } from "pino";
import type { Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { LoggedRequest } from "../http/server.ts";
import type { Database, Queryable } from "../platform/db.ts";
import { createId, firstIdAt } from "../platform/ids.ts";
import * as rows from "./sql.ts";
import type { NewRow, RequestFilter, RequestRow } from "./sql.ts";

const pauseMs = 1_000;
/** More than this within a second is not looked at one by one. */
const mostWaiting = 1_000;

/** Writes down what this process has answered, together, once a second. No request waits for it, and none fails by it. */
export class RequestLog {
  readonly #db: Queryable;
  readonly #log: Logger;
  #waiting: NewRow[] = [];
  #timer: NodeJS.Timeout | null = null;
  #written: Promise<void> = Promise.resolve();

  constructor({ db, log }: { db: Queryable; log: Logger }) {
    this.#db = db;
    this.#log = log;
  }

  add = (request: LoggedRequest): void => {
    if (this.#waiting.length >= mostWaiting) return;
    this.#waiting.push({ ...request, id: createId(request.at) });
    this.#timer ??= setTimeout(() => void this.flush(), pauseMs).unref();
  };

  /** Resolves when all that was added is written, or given up. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) {
      const before = this.#written;
      this.#written = before
        .then(() => rows.insertRequests(this.#db, waiting))
        .catch((error: unknown) => this.#log.debug({ err: error }, "requests could not be written down"));
    }
    await this.#written;
  }
}

const dayMs = 24 * 60 * 60 * 1_000;
const keptMs = 7 * dayMs;
const mostKept = 10_000;

/** Forgets what is too old, and of each tenant what is too much. */
export async function deleteOldRequests(database: Database, now: Date, most = mostKept): Promise<void> {
  await rows.deleteOldRequests(database, firstIdAt(new Date(now.getTime() - keptMs)), most);
}

export async function listRequests(
  db: Queryable,
  tenant: Tenant,
  filter: RequestFilter,
  page: { after: string | null; limit: number },
): Promise<Page<RequestRow>> {
  const found = await rows.listRequests(db, tenant.id, filter, { after: page.after, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.request_log_id);
}
