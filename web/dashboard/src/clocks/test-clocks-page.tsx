import type { TestClock, TestClockListResponse } from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { Instant, InstantField } from "../instants.tsx";
import { TextLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";

const refreshMs = 1_000;

/** Time that is moved by hand, for the customers that live by it. */
export function TestClocksPage() {
  const { data, error, paging } = usePaged<TestClockListResponse>("/v1/test-clocks", {}, { everyMs: refreshMs });
  return (
    <Page title="Test clocks" actions={<CreateClock />}>
      <Card
        title="All clocks"
        note="Move months in seconds: renewals, invoices and charges happen each at its own time."
      >
        <Table
          label="Test clocks"
          rows={data?.test_clocks}
          paging={paging}
          error={error}
          keyOf={({ id }) => id}
          empty={
            <>
              No clocks yet. Create one, then <TextLink to="/customers">customers</TextLink> who live by it.
            </>
          }
          columns={[
            { title: "Name", cell: ({ name, id }) => name || <code className="text-xs">{id}</code> },
            { title: "Its time", cell: ({ frozen_time }) => <Instant at={frozen_time} /> },
            {
              title: "Status",
              cell: ({ status, progress, failures }) => (
                <>
                  <Badge tone={status === "ready" ? "good" : "warn"}>{status}</Badge>
                  {progress && (
                    <span className="block text-xs text-muted">
                      to <Instant at={progress.to} />
                    </span>
                  )}
                  {failures.map(({ customer_id, message }) => (
                    <span key={customer_id} className="block text-xs text-danger">
                      {customer_id}: {message}
                    </span>
                  ))}
                </>
              ),
            },
            { title: "", cell: (clock) => <ClockActions clock={clock} /> },
          ]}
        />
      </Card>
    </Page>
  );
}

function CreateClock() {
  const write = useWrite();
  return (
    <ActionButton
      label="Create clock"
      kind="primary"
      done="Clock created."
      onSubmit={(values) => {
        const body = { name: values.text("name"), frozen_time: values.text("frozen_time") };
        return write.send({ method: "POST", path: "/v1/test-clocks", body });
      }}
    >
      <Field label="Name" name="name" />
      <InstantField label="Starts at" name="frozen_time" required />
    </ActionButton>
  );
}

function ClockActions({ clock }: { clock: TestClock }) {
  const write = useWrite();
  const path = `/v1/test-clocks/${clock.id}`;
  const isReady = clock.status === "ready";
  return (
    <div className="flex flex-wrap justify-end gap-2">
      <ActionButton
        label="Move on"
        title="Move this clock on"
        disabled={!isReady}
        note="It goes forward only. What falls due on the way happens in its order."
        done="The clock is moving."
        onSubmit={(values) =>
          write.send({
            method: "POST",
            path: `${path}/advance`,
            body: { frozen_time: values.text("frozen_time") },
          })
        }
      >
        <InstantField label="To" name="frozen_time" defaultAt={clock.frozen_time} required />
      </ActionButton>
      <ActionButton
        label="Delete"
        title="Delete this clock and its customers?"
        kind="danger"
        disabled={!isReady}
        done="Clock deleted."
        onSubmit={() => write.send({ method: "DELETE", path })}
      />
    </div>
  );
}
