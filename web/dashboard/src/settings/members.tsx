import { useState } from "react";
import type { InvitationResponse, Member, MemberListResponse } from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { usePaged } from "../paged.ts";
import { Badge } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton, Dialog } from "../ui/dialog.tsx";
import { Choice, Field } from "../ui/field.tsx";
import { Copyable } from "../ui/secret.tsx";
import { Table } from "../ui/table.tsx";

const roles: [value: Member["role"], text: string][] = [
  ["owner", "Owner: everything"],
  ["admin", "Admin: everything"],
  ["finance", "Finance: money"],
  ["developer", "Developer: events, keys, webhooks"],
  ["viewer", "Viewer: looks"],
];

export function Members() {
  const { data, error, paging } = usePaged<MemberListResponse>("/v1/members");
  // Another owner may be on a page that is not here yet.
  const owners = paging.hasMore
    ? undefined
    : data?.members.filter(({ role, status }) => role === "owner" && status === "active");
  return (
    <Card title="Members" note="Of the company, in both modes." action={<Invite />}>
      <Table
        label="Members"
        rows={data?.members}
        paging={paging}
        error={error}
        keyOf={({ id }) => id}
        empty=""
        columns={[
          { title: "Name", cell: ({ name, email }) => name ?? email },
          { title: "Email", cell: ({ email }) => email },
          { title: "Role", cell: ({ role }) => role },
          {
            title: "Status",
            cell: ({ status }) => <Badge tone={status === "active" ? "good" : "warn"}>{status}</Badge>,
          },
          {
            title: "",
            cell: (member) => (
              <MemberActions member={member} isLastOwner={owners?.length === 1 && owners[0] === member} />
            ),
          },
        ]}
      />
    </Card>
  );
}

function Invite() {
  const write = useWrite();
  const [link, setLink] = useState<string | null>(null);
  return (
    <>
      <ActionButton
        label="Invite"
        kind="primary"
        done={null}
        onSubmit={async (values) => {
          const body = { email: values.text("email"), role: values.text("role") };
          const answer = await write.send<InvitationResponse>({ method: "POST", path: "/v1/members", body });
          setLink(answer.invitation_url);
        }}
      >
        <Field label="Email" name="email" type="email" required />
        <Choice label="Role" name="role" defaultValue="viewer" options={roles} />
      </ActionButton>
      <Dialog
        title="Invitation"
        note="Send this link to whom you invite. It is good once, and shown only now."
        isOpen={link !== null}
        onOpenChange={(isOpen) => isOpen || setLink(null)}
      >
        {link && <Copyable label="Invitation" text={link} />}
      </Dialog>
    </>
  );
}

function MemberActions({ member, isLastOwner }: { member: Member; isLastOwner: boolean }) {
  const write = useWrite();
  const path = `/v1/members/${member.id}`;
  return (
    <div className="flex flex-wrap justify-end gap-2">
      <ActionButton
        label="Change role"
        title={`Role of ${member.email}`}
        submit="Save"
        done="Saved."
        onSubmit={(values) => write.send({ method: "PATCH", path, body: { role: values.text("role") } })}
      >
        <Choice label="Role" name="role" defaultValue={member.role} options={roles} />
      </ActionButton>
      {!isLastOwner && (
        <ActionButton
          label="Remove"
          title={`Remove ${member.email}?`}
          note="They are signed out of this company within a second."
          kind="danger"
          done="Removed."
          onSubmit={() => write.send({ method: "DELETE", path })}
        />
      )}
    </div>
  );
}
