import { z } from "zod";
import { idOutput, instantField, instantOutput } from "../http/fields.ts";
import { parseStoredJson } from "../http/json.ts";
import { pageQuery } from "../http/pagination.ts";
import type { EntryRow } from "./sql.ts";

const filterText = (description: string) => z.string().min(1).max(255).optional().meta({ description });

export const AuditLogQuery = z.object({
  ...pageQuery,
  actor_id: filterText("Only what this member or API key did."),
  resource_type: filterText("Only changes of this kind of thing, like `customer`."),
  resource_id: filterText("Only changes of the thing with this id or code."),
  operation: filterText("Only this operation, by its id in the reference, like `update-customer`."),
  from: instantField("Only from this instant on.").optional(),
  to: instantField("Only before this instant.").optional(),
});

const fields = (description: string) => z.record(z.string(), z.unknown()).nullable().meta({ description });

export const AuditEntry = z
  .object({
    id: idOutput("Id of the entry."),
    actor: z
      .object({
        type: z.enum(["member", "api_key", "system"]),
        id: z.string().nullable().meta({ description: "Id of the member or of the key; null for the system." }),
        name: z.string().nullable().meta({ description: "The member's email or the key's name, as it was then." }),
      })
      .meta({
        description:
          "Who did it. `system` is Afternoon by itself: a job, or a page on which a customer has done something.",
      }),
    operation: z.string().meta({
      description:
        "The id of the operation in the reference; for the system, what happened, as webhook events name it.",
    }),
    resource: z
      .object({ type: z.string(), id: z.string().nullable().meta({ description: "Its id or code." }) })
      .meta({ description: "What was changed." }),
    before: fields(
      "What it was: of a change the fields that differ, of a deletion all of them. Null for what was made, and where it is not known.",
    ),
    after: fields("What it became: of a change the fields that differ. Null for what was deleted."),
    request_id: z.string().nullable().meta({ description: "Id of the request that did it." }),
    created_at: instantOutput("When it was done."),
  })
  .meta({ id: "AuditEntry", title: "AuditEntry" });

export function presentEntry(row: EntryRow): z.input<typeof AuditEntry> {
  return {
    id: row.audit_entry_id,
    actor: { type: row.actor_type, id: row.actor_id, name: row.actor_name },
    operation: row.operation,
    resource: { type: row.resource_type, id: row.resource_id },
    before: read(row.before),
    after: read(row.after),
    request_id: row.request_id,
    created_at: row.created_at.toISOString(),
  };
}

const read = (text: string | null) => (text === null ? null : (parseStoredJson(text) as Record<string, unknown>));
