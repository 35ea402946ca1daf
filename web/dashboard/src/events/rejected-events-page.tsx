import type {
  RejectedEvent,
  RejectedEventListResponse,
  RetryRejectedEventResponse,
} from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { CustomerFilter } from "../customers/customer-choice.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { TextFilter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";
import { useToast } from "../ui/toast.tsx";

export function RejectedEventsPage() {
  const [{ code, customer_id }] = useSearchState();
  const { data, error, paging } = usePaged<RejectedEventListResponse>("/v1/rejected-events", { code, customer_id });
  return (
    <Page title="Rejected events" above={<PageLink to="/events">Events</PageLink>}>
      <Card
        title="Not recorded"
        note="Events accepted in a batch that later failed. Nothing of them was charged."
        action={
          <>
            <TextFilter name="code" label="Error code" />
            <CustomerFilter />
          </>
        }
      >
        <Table
          label="Rejected events"
          rows={data?.rejected_events}
          error={error}
          keyOf={({ id }) => id}
          empty="No rejected events. One that was accepted in a batch but cannot be recorded, for example because nobody knows its customer, lands here with the reason; Retry records it once that is mended."
          paging={paging}
          columns={[
            { title: "Rejected", cell: ({ rejected_at }) => <Instant at={rejected_at} /> },
            { title: "Event", cell: ({ event_name }) => event_name },
            {
              title: "Why",
              cell: ({ error: why }) => (
                <>
                  {why.message} <code className="text-xs text-muted">{why.code}</code>
                </>
              ),
            },
            {
              title: "Customer",
              cell: (each) =>
                each.customer_id === null ? (each.external_customer_id ?? "–") : <CustomerLink id={each.customer_id} />,
            },
            { title: "", cell: (each) => <Actions event={each} /> },
          ]}
        />
      </Card>
    </Page>
  );
}

function Actions({ event }: { event: RejectedEvent }) {
  const write = useWrite();
  const toast = useToast();
  const path = `/v1/rejected-events/${event.id}`;
  const retry = async () => {
    const answer = await write.send<RetryRejectedEventResponse>({ method: "POST", path: `${path}/retry` });
    const isRecorded = answer.status === "processed" || answer.status === "duplicate";
    toast(isRecorded ? "Recorded." : `Still ${answer.status}: ${answer.error?.message ?? ""}`);
  };
  return (
    <div className="flex flex-wrap justify-end gap-2 md:flex-nowrap">
      <Button disabled={write.isPending} onClick={() => void retry().catch(() => {})}>
        Retry
      </Button>
      <ActionButton
        label="Discard"
        title="Discard this event?"
        note="It is deleted and never recorded."
        kind="danger"
        done="Discarded."
        onSubmit={() => write.send({ method: "DELETE", path })}
      />
      <ErrorNote error={write.error} />
    </div>
  );
}
