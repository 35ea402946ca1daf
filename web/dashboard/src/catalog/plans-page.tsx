import { useNavigate } from "@tanstack/react-router";
import type { PlanListResponse, PlanResponse } from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { Instant } from "../instants.tsx";
import { PageLink } from "../page-link.tsx";
import { usePaged } from "../paged.ts";
import { useTenant } from "../tenant.ts";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice, Field } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Table } from "../ui/table.tsx";
import { costOf, intervalOf } from "./plan-words.ts";

export function PlansPage() {
  const { data, error, paging } = usePaged<PlanListResponse>("/v1/plans");
  return (
    <Page title="Plans" actions={<CreatePlan />}>
      <Card title="All plans" note="Prices that are changed make a new version; subscriptions keep theirs until moved.">
        <Table
          label="Plans"
          rows={data?.plans}
          error={error}
          keyOf={({ code }) => code}
          paging={paging}
          empty="No plans yet. A plan says what customers pay: fees, prices of meters, credits."
          columns={[
            { title: "Plan", cell: ({ code, name }) => <PageLink to={`/plans/${code}`}>{name}</PageLink> },
            { title: "Code", cell: ({ code }) => <code className="text-xs">{code}</code> },
            { title: "Price", cell: (plan) => <span className="block md:min-w-56">{costOf(plan)}</span> },
            {
              title: "Billed",
              cell: (plan) => <span className="whitespace-nowrap">{intervalOf(plan)}</span>,
            },
            { title: "Version", isNumber: true, cell: ({ version }) => version },
            { title: "Changed", cell: ({ updated_at }) => <Instant at={updated_at} /> },
          ]}
        />
      </Card>
    </Page>
  );
}

function CreatePlan() {
  const { companyId, mode } = useTenant();
  const write = useWrite();
  const navigate = useNavigate();
  return (
    <ActionButton
      label="Create plan"
      kind="primary"
      note="Its prices and fees come next, on its page."
      done="Plan created."
      onSubmit={async (values) => {
        const body = {
          code: values.text("code"),
          name: values.text("name"),
          description: values.textOrNull("description"),
          billing_interval: values.text("billing_interval"),
        };
        const { plan } = await write.send<PlanResponse>({ method: "POST", path: "/v1/plans", body });
        await navigate({ to: `/${companyId}/${mode}/plans/${plan.code}` });
      }}
    >
      <Field label="Name" name="name" required />
      <Field label="Code" name="code" hint="What subscriptions name it by. Never changes." required />
      <Field label="Description" name="description" />
      <Choice
        label="Billed every"
        name="billing_interval"
        defaultValue="month"
        options={["week", "month", "quarter", "year"].map((each) => [each, each] as const)}
      />
    </ActionButton>
  );
}
