import { useState } from "react";
import type {
  NewWebhookEndpointResponse,
  WebhookDelivery,
  WebhookDeliveryListResponse,
  WebhookEndpoint,
  WebhookEndpointListResponse,
} from "../../../../sdk/src/generated/types.ts";
import { counted } from "../amounts.ts";
import { useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Copyable } from "../ui/secret.tsx";
import { Table } from "../ui/table.tsx";
import { useToast } from "../ui/toast.tsx";

export function Webhooks() {
  const { data, error, paging } = usePaged<WebhookEndpointListResponse>("/v1/webhook-endpoints");
  return (
    <Card title="Webhooks" note="Where your program is told what has happened." action={<CreateEndpoint />}>
      <Table
        label="Webhook endpoints"
        rows={data?.webhook_endpoints}
        paging={paging}
        error={error}
        keyOf={({ id }) => id}
        empty="No endpoints yet. Add the address of your program that takes webhooks."
        columns={[
          { title: "Address", cell: ({ url }) => <span className="break-all">{url}</span> },
          {
            title: "Status",
            cell: ({ is_on, off_reason }) => (
              <Badge tone={is_on ? "good" : "danger"}>
                {is_on ? "on" : `off${off_reason === null ? "" : ": failing"}`}
              </Badge>
            ),
          },
          {
            title: "Tells",
            cell: ({ event_types }) => (event_types.length === 0 ? "everything" : event_types.join(", ")),
          },
          { title: "", cell: (endpoint) => <EndpointActions endpoint={endpoint} /> },
        ]}
      />
    </Card>
  );
}

function CreateEndpoint() {
  const write = useWrite();
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <>
      <ActionButton
        label="Add endpoint"
        kind="primary"
        done={null}
        onSubmit={async (values) => {
          const body = { url: values.text("url"), description: values.textOrNull("description") };
          const answer = await write.send<NewWebhookEndpointResponse>({
            method: "POST",
            path: "/v1/webhook-endpoints",
            body,
          });
          setSecret(answer.webhook_endpoint.secret);
        }}
      >
        <Field label="Address" name="url" placeholder="https://example.com/webhooks" required />
        <Field label="Description" name="description" />
      </ActionButton>
      <Dialog
        title="Signing secret"
        note="Your program verifies with it that a webhook is ours. It is shown only now."
        isOpen={secret !== null}
        onOpenChange={(isOpen) => isOpen || setSecret(null)}
      >
        {secret && <Copyable label="Signing secret" text={secret} />}
      </Dialog>
    </>
  );
}

function EndpointActions({ endpoint }: { endpoint: WebhookEndpoint }) {
  const write = useWrite();
  const [isOpen, setIsOpen] = useState(false);
  const path = `/v1/webhook-endpoints/${endpoint.id}`;
  return (
    <div className="flex flex-wrap justify-end gap-2">
      <Button onClick={() => setIsOpen(true)}>Deliveries</Button>
      <ActionButton
        label={endpoint.is_on ? "Turn off" : "Turn on"}
        title={endpoint.is_on ? "Turn this endpoint off?" : "Turn this endpoint on?"}
        done="Saved."
        onSubmit={() => write.send({ method: "PATCH", path, body: { is_on: !endpoint.is_on } })}
      />
      <ActionButton
        label="Delete"
        title="Delete this endpoint?"
        kind="danger"
        done="Endpoint deleted."
        onSubmit={() => write.send({ method: "DELETE", path })}
      />
      <Dialog title="Deliveries" note={endpoint.url} isOpen={isOpen} onOpenChange={setIsOpen} isWide>
        <Deliveries path={path} />
      </Dialog>
    </div>
  );
}

const tones: Record<WebhookDelivery["status"], Tone> = { waiting: "warn", delivered: "good", failed: "danger" };

function Deliveries({ path }: { path: string }) {
  const { data, error, paging } = usePaged<WebhookDeliveryListResponse>(`${path}/deliveries`);
  const write = useWrite();
  const toast = useToast();
  const retry = async (id: string) => {
    await write.send({ method: "POST", path: `${path}/deliveries/${id}/retry` });
    toast("It is sent again.");
  };
  return (
    <Table
      label="Deliveries"
      rows={data?.webhook_deliveries}
      paging={paging}
      error={error ?? write.error}
      keyOf={({ webhook_event_id }) => webhook_event_id}
      empty="Nothing was sent to it yet. What happens from now on is."
      columns={[
        { title: "When", cell: ({ created_at }) => <Instant at={created_at} /> },
        { title: "What", cell: ({ type }) => type },
        {
          title: "Status",
          cell: ({ status, attempts, response_status, last_error }) => (
            <>
              <Badge tone={tones[status]}>{status}</Badge>{" "}
              <span className="text-xs text-muted">
                {[counted(attempts, "try", "tries"), response_status, last_error].filter(Boolean).join(" · ")}
              </span>
            </>
          ),
        },
        {
          title: "",
          cell: (each) =>
            each.status !== "delivered" && (
              <Button disabled={write.isPending} onClick={() => void retry(each.webhook_event_id).catch(() => {})}>
                Send again
              </Button>
            ),
        },
      ]}
    />
  );
}
