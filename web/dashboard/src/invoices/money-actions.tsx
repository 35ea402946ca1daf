import type { Invoice } from "../../../../sdk/src/generated/types.ts";
import { readCents, showCents } from "../amounts.ts";
import { useWrite } from "../api/use-api.ts";
import { ActionButton } from "../ui/dialog.tsx";
import { Check, Field } from "../ui/field.tsx";

/** What can be done about the money of a finalized invoice. Nothing is shown before the server has said that it happened. */
export function MoneyActions({ invoice }: { invoice: Invoice }) {
  const isOwed = invoice.status === "open" || invoice.status === "uncollectible";
  return (
    <>
      {isOwed && <Charge invoice={invoice} />}
      {isOwed && <RecordPayment invoice={invoice} />}
      {invoice.status !== "void" && <CreditNote invoice={invoice} />}
      {isOwed && <End invoice={invoice} />}
    </>
  );
}

const due = (invoice: Invoice) => showCents(invoice.amount_due_cents, invoice.currency_code);

function Charge({ invoice }: { invoice: Invoice }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Charge"
      title={`Charge ${due(invoice)}?`}
      note="The customer's default payment method is charged now."
      kind="primary"
      done="Charged; what became of it is among the payments in a moment."
      onSubmit={() => write.send({ method: "POST", path: `/v1/invoices/${invoice.id}/pay`, body: {} })}
    />
  );
}

function RecordPayment({ invoice }: { invoice: Invoice }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Record payment"
      note={`${due(invoice)} is due. What is more than that goes into the customer's wallet.`}
      done="Payment recorded."
      onSubmit={(values) => {
        const amount_cents = readCents(values.text("amount"), invoice.currency_code);
        if (amount_cents === null) throw new Error("The amount must be a number of the currency, like 12.34.");
        const body = { amount_cents, reference: values.textOrNull("reference") };
        return write.send({ method: "POST", path: `/v1/invoices/${invoice.id}/payments`, body });
      }}
    >
      <Field label={`Amount in ${invoice.currency_code.toUpperCase()}`} name="amount" inputMode="decimal" required />
      <Field label="Reference" name="reference" hint="As your bank shows it." />
    </ActionButton>
  );
}

function CreditNote({ invoice }: { invoice: Invoice }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Credit note"
      note="Gives back of this invoice: what is due goes down first; what was paid goes into the wallet, or back to where it came from."
      submit="Issue credit note"
      done="Credit note issued."
      onSubmit={(values) => {
        const amount = values.text("amount");
        const amount_cents = amount === "" ? undefined : readCents(amount, invoice.currency_code);
        if (amount_cents === null) throw new Error("The amount must be a number of the currency, like 12.34.");
        const body = {
          invoice_id: invoice.id,
          reason: values.textOrNull("reason") ?? undefined,
          refund: values.all("refund").length > 0,
          ...(amount_cents === undefined ? {} : { amount_cents }),
        };
        return write.send({ method: "POST", path: "/v1/credit-notes", body });
      }}
    >
      <Field
        label={`Amount in ${invoice.currency_code.toUpperCase()}`}
        name="amount"
        inputMode="decimal"
        hint="All that is left of the invoice if empty."
      />
      <Field label="Reason" name="reason" hint="Shown on the credit note." />
      <Check label="Refund what was paid instead of adding it to the wallet" name="refund" value="yes" />
    </ActionButton>
  );
}

function End({ invoice }: { invoice: Invoice }) {
  const write = useWrite();
  const move = (verb: string) => write.send({ method: "POST", path: `/v1/invoices/${invoice.id}/${verb}` });
  return (
    <>
      {invoice.status === "open" && (
        <ActionButton
          label="Uncollectible"
          title="Give up on this invoice?"
          note="It is asked for no more, and can still be paid."
          done="Marked uncollectible."
          onSubmit={() => move("mark-uncollectible")}
        />
      )}
      <ActionButton
        label="Void"
        title="Void this invoice?"
        note="It keeps its number, and nothing is due any more. There is no way back."
        kind="danger"
        done="Invoice voided."
        onSubmit={() => move("void")}
      />
    </>
  );
}
