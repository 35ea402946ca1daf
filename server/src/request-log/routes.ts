import { listSchema } from "../http/envelope.ts";
import { readOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, readCursor } from "../http/pagination.ts";
import { listRequests } from "./request-log.ts";
import { LoggedRequest, presentRequest, RequestLogQuery } from "./schema.ts";

const tag: Tag = {
  name: "request_log",
  title: "Request log",
  description: "Your last requests and what became of them, to find what goes wrong.",
};

export const requestLogOperations: Operation[] = [
  readOperation({
    path: "/v1/request-log",
    operationId: "list-requests",
    sdk: "requestLog.list",
    tag,
    summary: "List the last requests",
    description:
      "Returns the requests of your keys, newest first: the last 10,000, of at most seven days, a second or so after they were answered. Of events that come in only those that failed are listed. Bodies and queries are not kept. It helps to find errors and is no record: under very high load requests are left out, and a crash of the database empties it.",
    query: RequestLogQuery,
    responses: { 200: listSchema("RequestLogResponse", "requests", LoggedRequest) },
    handle: async ({ db, tenant }, { query }) => {
      const filter = {
        outcome: query.outcome,
        operation: query.operation,
        apiKeyId: query.api_key_id,
        requestId: query.request_id,
      };
      const after = readCursor(query.cursor, idPosition);
      const { items, pagination } = await listRequests(db, tenant, filter, { after, limit: query.limit });
      return { requests: items.map(presentRequest), pagination };
    },
  }),
];
