import type { Plan, PlanResponse } from "../../../../sdk/src/generated/types.ts";
import { counted, showAmount } from "../amounts.ts";
import { useRead } from "../api/use-api.ts";
import { PageLink } from "../page-link.tsx";
import { useParam } from "../tenant.ts";
import { buttonLook } from "../ui/button.tsx";
import { Badge } from "../ui/badge.tsx";
import { Card, Facts } from "../ui/card.tsx";
import { Empty } from "../ui/empty.tsx";
import { Page } from "../ui/page.tsx";
import { Pending } from "../ui/pending.tsx";
import { Table } from "../ui/table.tsx";
import { PlanVersions } from "./plan-versions.tsx";
import { intervalOf, priceLines } from "./plan-words.ts";
import { PriceChart } from "./price-chart.tsx";

export function PlanPage() {
  const planCode = useParam("planCode");
  const { data, error } = useRead<PlanResponse>(`/v1/plans/${planCode}`);
  const above = <PageLink to="/plans">Plans</PageLink>;
  if (data === undefined)
    return (
      <Page title="Plan" above={above}>
        <Pending error={error} />
      </Page>
    );
  const { plan } = data;
  const { invoice_grace_hours: hours } = plan;
  return (
    <Page
      title={plan.name}
      above={above}
      mark={<Badge>version {plan.version}</Badge>}
      actions={
        <PageLink to={`/plans/${plan.code}/new-version`} className={buttonLook("primary")}>
          New version
        </PageLink>
      }
    >
      <Card title="Details" note={plan.description}>
        <Facts
          facts={[
            ["Code", <code key="code">{plan.code}</code>],
            ["Billed", intervalOf(plan)],
            ["Trial", plan.trial_days === 0 ? "none" : counted(plan.trial_days, "day")],
            ["Late-usage window", hours === null ? "company default" : counted(hours, "hour")],
            ["Drafts are finalized", finalizations[plan.invoice_finalization ?? "default"]],
          ]}
        />
      </Card>
      <Prices plan={plan} />
      <Fees plan={plan} />
      <PlanVersions plan={plan} />
    </Page>
  );
}

const finalizations = { automatic: "automatically", manual: "manually", default: "company default" };

function Prices({ plan }: { plan: Plan }) {
  return (
    <Card title="Usage prices">
      {plan.usage_prices.length === 0 ? (
        <Empty>No usage is priced. A new version can price meters.</Empty>
      ) : (
        <ul className="flex flex-col divide-y divide-line">
          {plan.usage_prices.map((price) => (
            <li key={price.code} className="py-4 first:pt-0 last:pb-0">
              <PriceChart price={price}>
                <div>
                  <h3 className="font-medium">{price.code}</h3>
                  <p className="text-xs text-muted">
                    {price.model.replaceAll("_", " ")} of {price.meter_code}
                  </p>
                  <ul className="mt-2">
                    {priceLines(price).map((line) => (
                      <li key={line}>{line}</li>
                    ))}
                  </ul>
                </div>
              </PriceChart>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Fees({ plan }: { plan: Plan }) {
  const rows = [
    ...plan.fixed_fees.map((fee) => ({
      key: `fee ${fee.code}`,
      name: fee.name,
      what: `${fee.billing.replaceAll("_", " ")}, per ${fee.per}${fee.recurrence === "once" ? ", once" : ""}`,
      amount: showAmount(fee.amount, fee),
    })),
    ...plan.recurring_grants.map((grant) => ({
      key: `grant ${grant.code}`,
      name: grant.name,
      what: `credits each period, per ${grant.per}`,
      amount: `+ ${showAmount(grant.amount, grant)}`,
    })),
    ...plan.minimum_commitments.map((minimum) => ({
      key: `minimum ${minimum.code}`,
      name: minimum.name,
      what: "minimum each period",
      amount: showAmount(minimum.amount, minimum),
    })),
    ...plan.overdraft.map((rule) => ({
      key: `overdraft ${rule.currency_code}${rule.pricing_unit_code}`,
      name: "Overdraft",
      what: `${rule.policy}s usage beyond the balance`,
      amount: rule.currency_code?.toUpperCase() ?? rule.pricing_unit_code ?? "",
    })),
  ];
  return (
    <Card title="Fees, credits and rules">
      <Table
        label="Fees, credits and rules"
        rows={rows}
        keyOf={({ key }) => key}
        empty="No fees and no credits. A new version can have them."
        columns={[
          { title: "Name", cell: ({ name }) => name },
          { title: "What", cell: ({ what }) => what },
          { title: "Amount", isNumber: true, cell: ({ amount }) => amount },
        ]}
      />
    </Card>
  );
}
