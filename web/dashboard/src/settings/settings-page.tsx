import type { CompanyResponse, PaymentSettingsResponse } from "../../../../sdk/src/generated/types.ts";
import { counted } from "../amounts.ts";
import { useRead, useWrite } from "../api/use-api.ts";
import { Badge } from "../ui/badge.tsx";
import { Card, Facts } from "../ui/card.tsx";
import { ActionButton } from "../ui/dialog.tsx";
import { Choice, Field, LongField } from "../ui/field.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { Copyable } from "../ui/secret.tsx";
import { Account } from "./account.tsx";
import { Coupons } from "./coupons.tsx";
import { Members } from "./members.tsx";
import { TaxRates } from "./tax-rates.tsx";

export function SettingsPage() {
  return (
    <Page title="Settings">
      <CompanyCard />
      <PaymentsCard />
      <TaxRates />
      <Coupons />
      <Members />
      <Account />
    </Page>
  );
}

function CompanyCard() {
  const { data, error } = useRead<CompanyResponse>("/v1/company");
  const write = useWrite();
  if (data === undefined) return <Waiting title="Company" error={error} />;
  const { company } = data;
  return (
    <Card
      title="Company"
      note="Test and live have separate settings."
      action={
        <ActionButton
          label="Edit company"
          submit="Save"
          done="Saved."
          onSubmit={(values) => {
            const body = {
              address: values.textOrNull("address"),
              tax_id: values.textOrNull("tax_id"),
              email: values.textOrNull("email"),
              invoice_footer: values.textOrNull("invoice_footer"),
              invoice_prefix: values.text("invoice_prefix"),
              invoice_grace_hours: Number.parseInt(values.text("invoice_grace_hours"), 10),
              invoice_reminder_days: Number.parseInt(values.text("invoice_reminder_days"), 10),
              invoice_finalization: values.text("invoice_finalization"),
              mails: values.text("mails"),
              timezone: values.text("timezone"),
            };
            return write.send({ method: "PATCH", path: "/v1/company", body });
          }}
        >
          <LongField label="Address" name="address" defaultValue={company.address ?? ""} />
          <Field label="Tax id" name="tax_id" defaultValue={company.tax_id ?? ""} />
          <Field label="Email" name="email" type="email" defaultValue={company.email ?? ""} />
          <LongField label="Footer of invoices" name="invoice_footer" defaultValue={company.invoice_footer ?? ""} />
          <Field label="Prefix of invoice numbers" name="invoice_prefix" defaultValue={company.invoice_prefix} />
          <Field
            label="Hours in which late usage still lands on a draft"
            name="invoice_grace_hours"
            type="number"
            defaultValue={company.invoice_grace_hours}
          />
          <Field
            label="Days before the due date on which customers are reminded"
            name="invoice_reminder_days"
            type="number"
            defaultValue={company.invoice_reminder_days}
          />
          <Choice
            label="Invoices finalize"
            name="invoice_finalization"
            defaultValue={company.invoice_finalization}
            options={[
              ["automatic", "automatically"],
              ["manual", "manually"],
            ]}
          />
          <Field
            label="Timezone"
            name="timezone"
            list="timezones"
            defaultValue={company.timezone}
            hint="In which this dashboard shows and reads times. Billing periods and what customers see follow the customer."
            required
          />
          <datalist id="timezones">
            {["UTC", ...Intl.supportedValuesOf("timeZone")].map((zone) => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
          <Choice
            label="Email to customers"
            name="mails"
            defaultValue={company.mails}
            options={[
              ["on", "on"],
              ["off", "off: written and kept, but not sent"],
            ]}
          />
        </ActionButton>
      }
    >
      <Facts
        facts={[
          ["Name", company.name],
          ["Currency", company.currency_code.toUpperCase()],
          ["Address", company.address],
          ["Tax id", company.tax_id],
          ["Email", company.email],
          ["Invoice prefix", company.invoice_prefix],
          ["Late usage", counted(company.invoice_grace_hours, "hour")],
          ["Invoices finalize", company.invoice_finalization === "automatic" ? "automatically" : "manually"],
          ["Email to customers", company.mails],
          ["Timezone", company.timezone],
        ]}
      />
    </Card>
  );
}

function PaymentsCard() {
  const { data, error } = useRead<PaymentSettingsResponse>("/v1/payment-settings");
  const write = useWrite();
  if (data === undefined) return <Waiting title="Payments" error={error} />;
  const { payment_settings: settings } = data;
  const { stripe } = settings;
  return (
    <Card
      title="Payments"
      action={
        <>
          <ActionButton
            label="Edit payments"
            submit="Save"
            done="Saved."
            onSubmit={(values) => {
              const body = {
                bank_details: values.textOrNull("bank_details"),
                after_retries: values.text("after_retries"),
                retry_days: values
                  .text("retry_days")
                  .split(/[,\s]+/)
                  .filter(Boolean)
                  .map((day) => Number.parseInt(day, 10)),
              };
              return write.send({ method: "PATCH", path: "/v1/payment-settings", body });
            }}
          >
            <LongField
              label="Bank details"
              name="bank_details"
              defaultValue={settings.bank_details ?? ""}
              hint="Shown on the page of an invoice."
            />
            <Field
              label="Days of retries"
              name="retry_days"
              defaultValue={settings.retry_days.join(", ")}
              hint="After the first charge failed, for example 1, 3, 5, 7."
            />
            <Choice
              label="After last retry"
              name="after_retries"
              defaultValue={settings.after_retries}
              options={[
                ["leave_open", "the invoice stays open"],
                ["mark_uncollectible", "it is given up"],
                ["cancel_subscription", "its subscription ends"],
              ]}
            />
          </ActionButton>
          <ActionButton
            label={stripe.is_set_up ? "Replace Stripe keys" : "Set up Stripe"}
            submit="Save"
            done="Saved."
            note="Keys are encrypted and never shown again."
            onSubmit={(values) => {
              const given = {
                secret_key: values.textOrNull("secret_key"),
                webhook_secret: values.textOrNull("webhook_secret"),
              };
              const stripeKeys = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
              return write.send({ method: "PATCH", path: "/v1/payment-settings", body: { stripe: stripeKeys } });
            }}
          >
            <Field label="Secret or restricted key" name="secret_key" type="password" autoComplete="off" />
            <Field
              label="Signing secret of the webhook endpoint"
              name="webhook_secret"
              type="password"
              autoComplete="off"
            />
          </ActionButton>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        <Facts
          facts={[
            ["Card payments", settings.takes_cards ? <Badge tone="good">on</Badge> : <Badge>off</Badge>],
            ["Stripe", stripe.is_set_up ? `key …${stripe.key_last_four}` : "not set up"],
            ["Retries", retriesText(settings.retry_days)],
            ["After last retry", settings.after_retries.replaceAll("_", " ")],
            ["Bank details", settings.bank_details],
          ]}
        />
        {stripe.webhook_url && (
          <div>
            <p className="text-xs text-muted">Where Stripe is to send its events</p>
            <Copyable label="Webhook address for Stripe" text={stripe.webhook_url} />
          </div>
        )}
      </div>
    </Card>
  );
}

/** [1, 3] → "after 1, 3 days". */
function retriesText(days: number[]): string {
  if (days.length === 0) return "none";
  return `after ${days.join(", ")} ${days.length === 1 && days[0] === 1 ? "day" : "days"}`;
}

function Waiting({ title, error }: { title: string; error: Error | null }) {
  return (
    <Card title={title}>
      <Pending error={error} />
    </Card>
  );
}
