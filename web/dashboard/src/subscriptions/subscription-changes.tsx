import { useState } from "react";
import type {
  CancelSubscriptionRequest,
  ChangePlanRequest,
  Subscription,
  SubscriptionPreview,
} from "../../../../sdk/src/generated/types.ts";
import { showCents } from "../amounts.ts";
import { useWrite } from "../api/use-api.ts";
import { PlanChoice } from "../catalog/plan-choice.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Choice } from "../ui/field.tsx";
import { Form, type Values } from "../ui/form.tsx";
import { useToast } from "../ui/toast.tsx";

type Request = CancelSubscriptionRequest | ChangePlanRequest;

type ChangeProps = {
  label: string;
  title: string;
  path: string;
  readRequest: (values: Values) => Request;
  isDangerous?: boolean;
  done: string;
  children: React.ReactNode;
};

/** A change is asked for twice: first dry, to show every invoice and credit note that would be made, and then in earnest. */
function PreviewedChange({ label, title, path, readRequest, isDangerous = false, done, children }: ChangeProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [previewed, setPreviewed] = useState<{ request: Request; preview: SubscriptionPreview } | null>(null);
  const write = useWrite();
  const toast = useToast();
  const setShown = (isShown: boolean) => {
    setIsOpen(isShown);
    setPreviewed(null);
  };
  const look = async (values: Values) => {
    const request = readRequest(values);
    const body = { ...request, dry_run: true };
    const { preview } = await write.send<{ preview: SubscriptionPreview | null }>({ method: "POST", path, body });
    setPreviewed({ request, preview: preview ?? { invoices: [], credit_notes: [] } });
  };
  const change = async () => {
    await write.send({ method: "POST", path, body: previewed?.request });
    setShown(false);
    toast(done);
  };
  return (
    <>
      <Button kind={isDangerous ? "danger" : "plain"} onClick={() => setShown(true)}>
        {label}
      </Button>
      <Dialog title={title} isOpen={isOpen} onOpenChange={setShown}>
        {previewed === null ? (
          <Form submit="Preview" onSubmit={look} onCancel={() => setShown(false)}>
            {children}
          </Form>
        ) : (
          <Form submit={title} isDangerous={isDangerous} onSubmit={change} onCancel={() => setPreviewed(null)}>
            <Preview preview={previewed.preview} />
          </Form>
        )}
      </Dialog>
    </>
  );
}

function Preview({ preview: { invoices, credit_notes } }: { preview: SubscriptionPreview }) {
  if (invoices.length === 0 && credit_notes.length === 0) return <p>Nothing is charged or credited for this now.</p>;
  return (
    <ul className="flex flex-col gap-3">
      {invoices.map((invoice) => (
        <li key={invoice.id}>
          <strong>An invoice of {showCents(invoice.total_cents, invoice.currency_code)}</strong>
          <ul className="text-muted">
            {invoice.line_items.map((line) => (
              <li key={line.id} className="flex justify-between gap-3">
                <span>{line.description}</span>
                <span className="whitespace-nowrap">{showCents(line.amount_cents, invoice.currency_code)}</span>
              </li>
            ))}
          </ul>
        </li>
      ))}
      {credit_notes.map((note) => (
        <li key={note.id}>
          <strong>A credit note of {showCents(note.total_cents, note.currency_code)}</strong>
          <p className="text-muted">{note.lines.map(({ description }) => description).join(", ")}</p>
        </li>
      ))}
    </ul>
  );
}

const timings = [
  ["end_of_period", "At the end of the period"],
  ["now", "Now"],
] as const;

function PrepaidRefund() {
  return (
    <Choice
      label="What was paid in advance, if now"
      name="refund"
      options={[
        ["prorated_refund", "Credit the days that are left"],
        ["no_refund", "Credit nothing"],
      ]}
    />
  );
}

const readRefund = (values: Values) => values.text("refund") as "prorated_refund" | "no_refund";

/** The policy is for changes at once alone. */
const withRefund = (values: Values, timing: string) =>
  timing === "now" ? { cancel_now_prepaid_refund_policy: readRefund(values) } : {};

export function CancelSubscription({ subscription }: { subscription: Subscription }) {
  return (
    <PreviewedChange
      label="Cancel"
      title="Cancel the subscription"
      path={`/v1/subscriptions/${subscription.id}/cancel`}
      isDangerous
      done="Subscription canceled."
      readRequest={(values) => {
        const timing = values.text("timing") as CancelSubscriptionRequest["cancel_mode"];
        return { cancel_mode: timing, ...withRefund(values, timing) };
      }}
    >
      <Choice label="When" name="timing" options={timings} />
      <PrepaidRefund />
    </PreviewedChange>
  );
}

export function ChangePlan({ subscription }: { subscription: Subscription }) {
  return (
    <PreviewedChange
      label="Change plan"
      title="Change the plan"
      path={`/v1/subscriptions/${subscription.id}/change-plan`}
      done="Plan changed."
      readRequest={(values) => {
        const timing = values.text("timing") as ChangePlanRequest["change_mode"];
        return { target_plan_code: values.text("plan_code"), change_mode: timing, ...withRefund(values, timing) };
      }}
    >
      <PlanChoice name="plan_code" except={subscription.plan_code} />
      <Choice label="When" name="timing" options={timings} />
      <PrepaidRefund />
    </PreviewedChange>
  );
}
