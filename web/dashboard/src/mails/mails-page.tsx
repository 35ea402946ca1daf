import { useState } from "react";
import type { Mail, MailListResponse, MailResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { Filter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { Table } from "../ui/table.tsx";

const tones: Record<Mail["status"], Tone> = { kept: "neutral", waiting: "warn", sent: "good", failed: "danger" };

export function MailsPage() {
  const [{ status, customer_id }] = useSearchState();
  const { data, error, paging } = usePaged<MailListResponse>("/v1/mails", { status, customer_id });
  return (
    <Page title="Mails">
      <Card
        title="Written to customers"
        note="Where mails are off or no mail server is set up they are kept, to be looked at."
        action={
          <Filter name="status" label="Status" options={Object.keys(tones).map((each) => [each, each] as const)} />
        }
      >
        <Table
          label="Mails"
          rows={data?.mails}
          error={error}
          keyOf={({ id }) => id}
          paging={paging}
          empty="Nothing was written. Customers are written to when an invoice is ready, soon due, or could not be paid."
          columns={[
            { title: "When", cell: ({ created_at }) => <Instant at={created_at} /> },
            { title: "Subject", cell: (mail) => <Letter mail={mail} /> },
            { title: "To", isMinor: true, cell: ({ recipient }) => recipient },
            {
              title: "Status",
              cell: ({ status: is, last_error }) => (
                <>
                  <Badge tone={tones[is]}>{is}</Badge>
                  {last_error && <span className="block text-xs text-muted">{last_error}</span>}
                </>
              ),
            },
            {
              title: "Customer",
              isMinor: true,
              cell: (mail) => <CustomerLink id={mail.customer_id} />,
            },
            { title: "", cell: (mail) => <Resend mail={mail} /> },
          ]}
        />
      </Card>
    </Page>
  );
}

function Letter({ mail }: { mail: Mail }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <button type="button" className="text-left text-accent hover:underline" onClick={() => setIsOpen(true)}>
        {mail.subject}
      </button>
      <Dialog title={mail.subject} note={`To ${mail.recipient}`} isOpen={isOpen} onOpenChange={setIsOpen} isWide>
        <Text id={mail.id} />
      </Dialog>
    </>
  );
}

function Text({ id }: { id: string }) {
  const { data, error } = useRead<MailResponse>(`/v1/mails/${id}`);
  if (data === undefined) return <Pending error={error} />;
  return <pre className="font-sans whitespace-pre-wrap">{data.mail.text}</pre>;
}

function Resend({ mail }: { mail: Mail }) {
  const write = useWrite();
  if (mail.status === "waiting") return <Button disabled>Send again</Button>;
  return (
    <ActionButton
      label="Send again"
      title="Send this mail again?"
      done="It is on its way."
      onSubmit={() => write.send({ method: "POST", path: `/v1/mails/${mail.id}/resend` })}
    />
  );
}
