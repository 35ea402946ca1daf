import type { RequestLogResponse } from "../../../../sdk/src/generated/types.ts";
import { Instant } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { TextFilter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";

const firstRefusal = 400;

/** The last requests of keys, and what became of each. */
export function RequestLogPage() {
  const [{ operation, request_id }] = useSearchState();
  const { data, error, paging } = usePaged<RequestLogResponse>("/v1/request-log", { operation, request_id });
  return (
    <Page title="Request log" above={<PageLink to="/developers">Developers</PageLink>}>
      <Card
        title="Requests"
        note="Requests made with your API keys; bodies are not stored."
        action={
          <>
            <TextFilter name="operation" label="Operation" />
            <TextFilter name="request_id" label="Request id" />
          </>
        }
      >
        <Table
          label="Requests"
          rows={data?.requests}
          error={error}
          keyOf={({ id }) => id}
          paging={paging}
          empty="No requests. The latest ones made with your API keys stand here, with what became of each."
          columns={[
            { title: "When", cell: ({ created_at }) => <Instant at={created_at} seconds /> },
            {
              title: "Request",
              cell: ({ method, path, operation: id }) => (
                <code title={id} className="text-xs break-all">{`${method} ${path}`}</code>
              ),
            },
            {
              title: "Status",
              cell: ({ status, error_code }) => (
                <Badge tone={status < firstRefusal ? "good" : "danger"}>{error_code ?? String(status)}</Badge>
              ),
            },
            { title: "Duration", isNumber: true, cell: ({ duration_ms }) => `${duration_ms} ms` },
            {
              title: "Id",
              cell: ({ request_id: id }) => <code className="text-xs break-all">{id}</code>,
            },
          ]}
        />
      </Card>
    </Page>
  );
}
