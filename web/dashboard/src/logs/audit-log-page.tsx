import { useState } from "react";
import type { AuditEntry, AuditLogResponse } from "../../../../sdk/src/generated/types.ts";
import { CustomerLink } from "../customers/customer-link.tsx";
import { Instant } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextFilter } from "../ui/filters.tsx";
import { Json } from "../ui/json.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";
import { kindOf, wordsOf } from "./change-words.ts";

/** Who has changed what, with what it was before and after. */
export function AuditLogPage() {
  const [{ operation, resource_id }] = useSearchState();
  const { data, error, paging } = usePaged<AuditLogResponse>("/v1/audit-log", { operation, resource_id });
  return (
    <Page title="Audit log">
      <Card
        title="Changes"
        note="Click what was done to see only changes like it."
        action={
          <>
            <TextFilter name="operation" label="Operation" />
            <TextFilter name="resource_id" label="Id or code" />
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
            { title: "Who", cell: (entry) => actorOf(entry) },
            { title: "What", cell: (entry) => <What operation={entry.operation} /> },
            { title: "Of", cell: ({ resource }) => <Resource resource={resource} /> },
            { title: "", cell: (entry) => <Details entry={entry} /> },
          ]}
        />
      </Card>
    </Page>
  );
}

const actorOf = ({ actor }: AuditEntry) => actor.name ?? actor.id ?? kindOf(actor.type);

/** What was done, which filters by it, or no more: nobody knows the ids of operations to type them. */
function What({ operation }: { operation: string }) {
  const [search, change] = useSearchState();
  return (
    <button
      type="button"
      title={operation}
      onClick={() => change({ operation: search.operation === operation ? undefined : operation })}
      className="text-left hover:underline"
    >
      {wordsOf(operation)}
    </button>
  );
}

/** Kinds of things that have pages of their own, besides customers. */
const pages: Record<string, string> = {
  event: "/events",
  invoice: "/invoices",
  plan: "/plans",
  plan_version: "/plans",
};

function Resource({ resource: { type, id } }: { resource: AuditEntry["resource"] }) {
  const page = pages[type];
  if (id === null) return kindOf(type);
  const shown = <code className="text-xs break-all">{id}</code>;
  return (
    <span className="flex flex-wrap items-baseline gap-x-1.5">
      {kindOf(type)}
      {type === "customer" ? (
        <CustomerLink id={id} />
      ) : page !== undefined ? (
        <PageLink to={`${page}/${id}`}>{shown}</PageLink>
      ) : (
        shown
      )}
    </span>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Details</Button>
      <Dialog
        title={wordsOf(entry.operation)}
        note={
          <>
            {actorOf(entry)} · <Instant at={entry.created_at} />
            {entry.request_id && <> · request {entry.request_id}</>}
          </>
        }
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
