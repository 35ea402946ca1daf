import type { LoggedRequest } from "../http/server.ts";
import { allOf, sql, type Queryable } from "../platform/db.ts";

export type NewRow = LoggedRequest & { id: string };

export async function insertRequests(db: Queryable, rows: NewRow[]): Promise<void> {
  const column = <Value>(of: (row: NewRow) => Value) => rows.map(of);
  await db.query(
    sql`insert into request_log (tenant_id, request_log_id, method, path, operation, status, error_code, request_id, api_key_id,
          duration_ms, created_at)
        select * from unnest(${column((row) => row.tenantId)}::integer[], ${column((row) => row.id)}::text[],
          ${column((row) => row.method)}::text[], ${column((row) => row.path)}::text[], ${column((row) => row.operation)}::text[],
          ${column((row) => row.status)}::smallint[], ${column((row) => row.errorCode)}::text[],
          ${column((row) => row.requestId)}::text[], ${column((row) => row.apiKeyId)}::text[],
          ${column((row) => row.durationMs)}::integer[], ${column((row) => row.at)}::timestamptz[])`,
  );
}

export type RequestRow = {
  request_log_id: string;
  method: string;
  path: string;
  operation: string;
  status: number;
  error_code: string | null;
  request_id: string;
  api_key_id: string;
  duration_ms: number;
  created_at: Date;
};

export type RequestFilter = {
  outcome: "success" | "failure" | undefined;
  operation: string | undefined;
  apiKeyId: string | undefined;
  requestId: string | undefined;
};

/** Newest first, from just below the id `after`. */
export async function listRequests(
  db: Queryable,
  tenantId: number,
  filter: RequestFilter,
  page: { after: string | null; limit: number },
): Promise<RequestRow[]> {
  const conditions = [
    ...(filter.outcome === undefined ? [] : [filter.outcome === "success" ? sql`status < 400` : sql`status >= 400`]),
    ...(filter.operation === undefined ? [] : [sql`operation = ${filter.operation}`]),
    ...(filter.apiKeyId === undefined ? [] : [sql`api_key_id = ${filter.apiKeyId}`]),
    ...(filter.requestId === undefined ? [] : [sql`request_id = ${filter.requestId}`]),
    ...(page.after === null ? [] : [sql`request_log_id < ${page.after}`]),
  ];
  return db.query<RequestRow>(
    sql`select request_log_id, method, path, operation, status, error_code, request_id, api_key_id, duration_ms, created_at
        from request_log
        where tenant_id = ${tenantId} and ${allOf(conditions)}
        order by request_log_id desc
        limit ${page.limit}`,
  );
}

/** Of each tenant, what is older than the id `oldest`, and what is more than `most`. */
export async function deleteOldRequests(db: Queryable, oldest: string, most: number): Promise<void> {
  await db.query(
    sql`delete from request_log
        using (
          select tenant_id, greatest(${oldest}, (
              select request_log_id from request_log
              where request_log.tenant_id = tenants.tenant_id
              order by request_log_id desc offset ${most - 1} limit 1)) as oldest
          from tenants) as kept
        where request_log.tenant_id = kept.tenant_id and request_log_id < kept.oldest`,
  );
}
