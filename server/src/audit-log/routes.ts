import { listSchema } from "../http/envelope.ts";
import { readOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, readCursor } from "../http/pagination.ts";
import { listAuditEntries } from "./audit-log.ts";
import { AuditEntry, AuditLogQuery, presentEntry } from "./schema.ts";

const tag: Tag = {
  name: "audit_log",
  title: "Audit log",
  description: "Who has changed what, with what it was before and after.",
};

export const auditLogOperations: Operation[] = [
  readOperation({
    path: "/v1/audit-log",
    operationId: "list-audit-entries",
    sdk: "auditLog.list",
    tag,
    summary: "List the audit log",
    description:
      "Returns every change, newest first: by requests of keys and members, and by Afternoon itself. Events and holds are not in it, since they are records themselves. What is about the company as a whole, such as its members, is in live mode's log.",
    query: AuditLogQuery,
    responses: { 200: listSchema("AuditLogResponse", "audit_entries", AuditEntry) },
    handle: async ({ db, tenant }, { query }) => {
      const filter = {
        actorId: query.actor_id,
        resourceType: query.resource_type,
        resourceId: query.resource_id,
        operation: query.operation,
        from: query.from,
        to: query.to,
      };
      const after = readCursor(query.cursor, idPosition);
      const { items, pagination } = await listAuditEntries(db, tenant, filter, { after, limit: query.limit });
      return { audit_entries: items.map(presentEntry), pagination };
    },
  }),
];
