import { useState } from "react";
import type { AuditEntry, AuditLogResponse } from "../../../../sdk/src/generated/types.ts";
import { Instant } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextFilter } from "../ui/filters.tsx";
import { Json } from "../ui/json.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";

/** Who has changed what, with what it was before and after. */
export function AuditLogPage() {
  const [{ operation, resource_id }] = useSearchState();
  const { data, error, paging } = usePaged<AuditLogResponse>("/v1/audit-log", { operation, resource_id });
  return (
    <Page title="Audit log">
      <Card
        title="Changes"
        action={
          <>
            <TextFilter name="operation" label="Operation" />
            <TextFilter name="resource_id" label="Id of what was changed" />
          </>
        }
      >
        <Table
          label="Changes"
          rows={data?.audit_entries}
          error={error}
          keyOf={({ id }) => id}
          paging={paging}
          empty="Nothing was changed. Each change by a member or a key stands here, with what was before and after."
          columns={[
            { title: "When", cell: ({ created_at }) => <Instant at={created_at} seconds /> },
            { title: "Who", cell: ({ actor }) => actor.name ?? actor.id ?? actor.type.replaceAll("_", " ") },
            { title: "What", cell: (entry) => entry.operation },
            {
              title: "Of",
              isMinor: true,
              cell: ({ resource }) => (
                <>
                  {resource.type.replaceAll("_", " ")} <code className="text-xs break-all">{resource.id}</code>
                </>
              ),
            },
            { title: "", cell: (entry) => <Details entry={entry} /> },
          ]}
        />
      </Card>
    </Page>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Details</Button>
      <Dialog
        title={entry.operation}
        note={entry.request_id ?? undefined}
        isOpen={isOpen}
        onOpenChange={setIsOpen}
        isWide
      >
        <div className="grid gap-3 md:grid-cols-2">
          <Side title="Before" value={entry.before} />
          <Side title="After" value={entry.after} />
        </div>
      </Dialog>
    </>
  );
}

function Side({ title, value }: { title: string; value: AuditEntry["before"] }) {
  return (
    <div className="min-w-0">
      <h3 className="text-xs text-muted">{title}</h3>
      <Json value={value} label={title} />
    </div>
  );
}
