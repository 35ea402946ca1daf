import { useState } from "react";
import type { CompanyResponse, Mail, MailListResponse, MailResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { CustomerFilter } from "../customers/customer-choice.tsx";
import { CustomerLink } from "../customers/customer-link.tsx";
import { TextLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useSearchState } from "../search-state.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { Filter } from "../ui/filters.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { Table } from "../ui/table.tsx";

const statuses: Record<Mail["status"], [text: string, tone: Tone]> = {
  kept: ["not sent", "neutral"],
  waiting: ["waiting", "warn"],
  sent: ["sent", "good"],
  failed: ["failed", "danger"],
};

export function MailsPage() {
  const [{ status, customer_id }] = useSearchState();
  const { data, error, paging } = usePaged<MailListResponse>("/v1/mails", { status, customer_id });
  const isOff = useRead<CompanyResponse>("/v1/company").data?.company.mails === "off";
  return (
    <Page title="Emails">
      <Card
        title="Written to customers"
        note={
          isOff ? (
            <>
              Email is off, so nothing is delivered. Turn it on in <TextLink to="/settings">Settings</TextLink>.
            </>
          ) : (
            "Without a mail server they are not sent, but kept here."
          )
        }
        action={
          <>
            <Filter
              name="status"
              label="Status"
              options={Object.entries(statuses).map(([each, [text]]) => [each, text] as const)}
            />
            <CustomerFilter />
          </>
        }
      >
        <Table
          label="Emails"
          rows={data?.mails}
          error={error}
          keyOf={({ id }) => id}
          paging={paging}
          empty="Nothing was written. Customers are written to when an invoice is ready, soon due, or could not be paid."
          columns={[
            { title: "When", cell: ({ created_at }) => <Instant at={created_at} /> },
            { title: "Subject", cell: (mail) => <Letter mail={mail} /> },
            {
              title: "To",
              cell: ({ customer_id: id, recipient }) => (
                <div className="min-w-0">
                  <CustomerLink id={id} />
                  <span className="text-xs break-words text-muted">{recipient}</span>
                </div>
              ),
            },
            {
              title: "Status",
              cell: ({ status: is, last_error }) => (
                <>
                  <Badge tone={statuses[is][1]}>{statuses[is][0]}</Badge>
                  {last_error && <span className="block text-xs text-muted">{last_error}</span>}
                </>
              ),
            },
            { title: "", cell: (mail) => <Send mail={mail} isOff={isOff} /> },
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

/** `isOff`: what is sent would only be written once more. */
function Send({ mail, isOff }: { mail: Mail; isOff: boolean }) {
  const write = useWrite();
  const isFirst = mail.status === "kept";
  return (
    <ActionButton
      label={isFirst ? "Send" : "Send again"}
      title={isFirst ? "Send this email?" : "Send this email again?"}
      done="It is on its way."
      disabled={isOff || mail.status === "waiting"}
      onSubmit={() => write.send({ method: "POST", path: `/v1/mails/${mail.id}/resend` })}
    />
  );
}
