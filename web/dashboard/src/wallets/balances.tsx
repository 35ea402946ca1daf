import type { WalletListResponse } from "../../../../sdk/src/generated/types.ts";
import { showAmount } from "../amounts.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { DenominationField, readDenomination } from "../denomination-field.tsx";
import { DayField } from "../instants.tsx";
import { Card } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice, Field } from "../ui/field.tsx";
import { Table } from "../ui/table.tsx";

export function Balances({ customerId, currencyCode }: { customerId: string; currencyCode: string | undefined }) {
  const { data, error } = useRead<WalletListResponse>(`/v1/customers/${customerId}/wallets`);
  return (
    <Card
      title="Balances"
      action={<GiveCredit path={`/v1/customers/${customerId}/credit-grants`} currencyCode={currencyCode} />}
    >
      <Table
        label="Balances"
        rows={data?.wallets}
        error={error}
        keyOf={({ currency_code, pricing_unit_code }) => `${currency_code}:${pricing_unit_code}`}
        empty="No wallet yet: nothing was used and no credit given."
        columns={[
          {
            title: "Wallet",
            cell: ({ currency_code, pricing_unit_code }) => currency_code?.toUpperCase() ?? pricing_unit_code,
          },
          { title: "Balance", isNumber: true, cell: (wallet) => showAmount(wallet.balance, wallet) },
          { title: "Held", isNumber: true, cell: (wallet) => showAmount(wallet.held, wallet) },
          { title: "Available", isNumber: true, cell: (wallet) => showAmount(wallet.available, wallet) },
        ]}
      />
    </Card>
  );
}

function GiveCredit({ path, currencyCode }: { path: string; currencyCode: string | undefined }) {
  const write = useWrite();
  return (
    <ActionButton
      label="Give credit"
      done="Credit given."
      onSubmit={(values) => {
        const body = {
          name: values.text("name"),
          amount: values.text("amount"),
          ...readDenomination(values),
          kind: values.text("kind"),
          expires_at: values.textOrNull("expires_at"),
        };
        return write.send({ method: "POST", path, body });
      }}
    >
      <Field label="Name" name="name" hint="As the customer sees it." required maxLength={255} />
      <Field label="Amount" name="amount" inputMode="decimal" required />
      <DenominationField {...(currencyCode === undefined ? {} : { currencyCode })} />
      <Choice
        label="Kind"
        name="kind"
        hint="Promotional credits are drawn before paid ones."
        options={[
          ["promotional", "Promotional"],
          ["paid", "Paid"],
        ]}
      />
      <DayField label="Expires" name="expires_at" hint="Empty: never." />
    </ActionButton>
  );
}
