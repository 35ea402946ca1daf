import type { Subscription, SubscriptionListResponse } from "../../../../sdk/src/generated/types.ts";
import { useWrite } from "../api/use-api.ts";
import { PlanLink } from "../catalog/plan-link.tsx";
import { PlanChoice } from "../catalog/plan-choice.tsx";
import { Instant, Period } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { Badge, type Tone } from "../ui/badge.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice, Field } from "../ui/field.tsx";
import { Table } from "../ui/table.tsx";
import { CancelSubscription, ChangePlan } from "./subscription-changes.tsx";

const tones: Record<Subscription["status"], Tone> = {
  pending: "warn",
  trialing: "good",
  active: "good",
  past_due: "danger",
  canceled: "neutral",
};

export function Subscriptions({ customerId }: { customerId: string }) {
  const { data, error, paging } = usePaged<SubscriptionListResponse>("/v1/subscriptions", { customer_id: customerId });
  return (
    <Card title="Subscriptions" action={<Subscribe customerId={customerId} />}>
      <Table
        label="Subscriptions"
        rows={data?.subscriptions}
        error={error}
        keyOf={({ id }) => id}
        empty="No subscription yet. Subscribe the customer to a plan, and its fees and usage are billed."
        paging={paging}
        columns={[
          {
            title: "Plan",
            cell: ({ plan_code, plan_version }) => <PlanLink code={plan_code} version={plan_version} />,
          },
          { title: "Status", cell: (subscription) => <Status {...subscription} /> },
          { title: "Seats", isNumber: true, cell: ({ quantity }) => quantity },
          {
            title: "Period",
            cell: ({ current_period_start, current_period_end }) => (
              <Period start={current_period_start} end={current_period_end} />
            ),
          },
          { title: "", cell: (subscription) => <Changes subscription={subscription} /> },
        ]}
      />
    </Card>
  );
}

function Status({ status, cancel_at, paused_at, scheduled_plan_code }: Subscription) {
  return (
    <span className="flex flex-col items-start gap-1">
      <Badge tone={tones[status]}>{status.replaceAll("_", " ")}</Badge>
      {paused_at && <span className="text-xs text-muted">paused</span>}
      {cancel_at && (
        <span className="text-xs text-muted">
          ends <Instant at={cancel_at} />
        </span>
      )}
      {scheduled_plan_code && <span className="text-xs text-muted">then {scheduled_plan_code}</span>}
    </span>
  );
}

function Changes({ subscription }: { subscription: Subscription }) {
  const write = useWrite();
  if (subscription.status === "canceled") return null;
  return (
    <div className="flex flex-wrap justify-end gap-2">
      {subscription.status === "pending" ? (
        <ActionButton
          label="Activate"
          title="Activate the subscription?"
          note="It charges from now on, its first fees at once."
          kind="primary"
          done="Subscription active."
          onSubmit={() =>
            write.send({
              method: "PATCH",
              path: `/v1/subscriptions/${subscription.id}`,
              body: { status: "active" },
            })
          }
        />
      ) : (
        <ChangePlan subscription={subscription} />
      )}
      <CancelSubscription subscription={subscription} />
    </div>
  );
}

function Subscribe({ customerId }: { customerId: string }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Subscribe"
      title="Subscribe to a plan"
      submit="Subscribe"
      done="Subscribed."
      onSubmit={(values) => {
        const day = values.textOrNull("billing_anchor_day");
        const seats = values.textOrNull("quantity");
        const body = {
          customer_id: customerId,
          plan_code: values.text("plan_code"),
          start_date: values.textOrNull("start_date"),
          initial_status: values.text("initial_status"),
          ...(day === null ? {} : { billing_anchor_day: Number.parseInt(day, 10) }),
          ...(seats === null ? {} : { quantity: seats }),
        };
        return write.send({ method: "POST", path: "/v1/subscriptions", body });
      }}
    >
      <PlanChoice name="plan_code" />
      <Choice
        label="Begins as"
        name="initial_status"
        options={[
          ["active", "Active: charges from its start"],
          ["pending", "Pending: charges nothing until it is activated"],
        ]}
      />
      <Field label="Start" name="start_date" type="date" hint="In the customer's timezone. Empty: now." />
      <div className="grid grid-cols-2 gap-3">
        <Field
          label="Billing day"
          name="billing_anchor_day"
          type="number"
          min={1}
          max={31}
          hint="Of the month."
          defaultValue="1"
        />
        <Field label="Seats" name="quantity" inputMode="numeric" defaultValue="1" />
      </div>
    </ActionButton>
  );
}
