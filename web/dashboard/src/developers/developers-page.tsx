import { useState } from "react";
import type { ApiKey, ApiKeyListResponse, NewApiKeyResponse } from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useTenant } from "../tenant.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { Field } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Copyable } from "../ui/secret.tsx";
import { Table } from "../ui/table.tsx";
import { Webhooks } from "./webhooks.tsx";

export function DevelopersPage() {
  // Kept only while the page is open: it fills in the lines below, and is shown nowhere again.
  const [key, setKey] = useState<string | null>(null);
  return (
    <Page title="Developers" actions={<PageLink to="/request-log">Request log</PageLink>}>
      <Keys onMade={setKey} />
      <Quickstart apiKey={key} />
      <Webhooks />
    </Page>
  );
}

function Keys({ onMade }: { onMade: (key: string) => void }) {
  const { data, error, paging } = usePaged<ApiKeyListResponse>("/v1/api-keys");
  return (
    <Card
      title="API keys"
      note="A key opens this mode of your company, and nothing else."
      action={<CreateKey onMade={onMade} />}
    >
      <Table
        label="API keys"
        rows={data?.api_keys}
        error={error}
        keyOf={({ id }) => id}
        paging={paging}
        empty="No keys yet. Your programs send one with each request, as their bearer token."
        columns={[
          { title: "Name", cell: ({ name }) => name ?? "–" },
          { title: "Ends in", cell: ({ last_four }) => <code>…{last_four}</code> },
          { title: "Created", cell: ({ created_at }) => <Instant at={created_at} /> },
          {
            title: "Status",
            cell: ({ revoked_at }) =>
              revoked_at === null ? <Badge tone="good">active</Badge> : <Badge tone="danger">revoked</Badge>,
          },
          { title: "", cell: (key) => key.revoked_at === null && <RevokeKey apiKey={key} /> },
        ]}
      />
    </Card>
  );
}

function CreateKey({ onMade }: { onMade: (key: string) => void }) {
  const write = useWrite();
  const [made, setMade] = useState<string | null>(null);
  return (
    <>
      <ActionButton
        label="Create key"
        kind="primary"
        done={null}
        onSubmit={async (values) => {
          const body = { name: values.textOrNull("name") };
          const { api_key } = await write.send<NewApiKeyResponse>({ method: "POST", path: "/v1/api-keys", body });
          setMade(api_key.key);
          onMade(api_key.key);
        }}
      >
        <Field label="Name" name="name" hint="What the key is for." />
      </ActionButton>
      <Dialog
        title="Your new key"
        note="It is shown only now: only its hash is stored. Keep it where your other secrets are."
        isOpen={made !== null}
        onOpenChange={(isOpen) => isOpen || setMade(null)}
      >
        {made && <Copyable label="API key" text={made} />}
      </Dialog>
    </>
  );
}

function RevokeKey({ apiKey }: { apiKey: ApiKey }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Revoke"
      title="Revoke this key?"
      note="Whatever uses it is refused within a second. There is no way back."
      kind="danger"
      done="Key revoked."
      onSubmit={() => write.send({ method: "POST", path: `/v1/api-keys/${apiKey.id}/revoke` })}
    />
  );
}

/** The first event, with the key that was just made filled in. */
function Quickstart({ apiKey }: { apiKey: string | null }) {
  const { mode } = useTenant();
  const event = {
    event_name: "call",
    customer_id: "…",
    idempotency_key: "first-call",
    timestamp: new Date().toISOString(),
    properties: { tokens: 1200 },
  };
  const lines = [
    `curl ${location.origin}/v1/events/ingest \\`,
    `  -H "Authorization: Bearer ${apiKey ?? `ak_${mode}_…`}" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${JSON.stringify(event, null, 2).replaceAll("\n", "\n  ")}'`,
  ];
  return (
    <Card
      title="Send an event"
      note={apiKey === null ? "Create a key, and it is filled in here." : "With the key that you have just made."}
    >
      <div className="*:items-start">
        <Copyable label="Send an event" text={lines.join("\n")} />
      </div>
      <p className="mt-3">
        <a href="/docs/quickstart" className="text-accent underline underline-offset-2">
          The quickstart
        </a>{" "}
        goes on from here, and{" "}
        <a href="/docs" className="text-accent underline underline-offset-2">
          the documentation
        </a>{" "}
        has every operation.
      </p>
    </Card>
  );
}
