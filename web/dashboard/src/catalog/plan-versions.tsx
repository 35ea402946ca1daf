import { useState } from "react";
import type { Plan, PlanVersion, PlanVersionListResponse } from "../../../../sdk/src/generated/types.ts";
import { Instant } from "../instants.tsx";
import { usePaged } from "../paged.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Empty } from "../ui/empty.tsx";
import { Table } from "../ui/table.tsx";
import { differences } from "./plan-words.ts";

/** What has become of the plan, and what each version changed. */
export function PlanVersions({ plan }: { plan: Plan }) {
  const { data, error, paging } = usePaged<PlanVersionListResponse>(`/v1/plans/${plan.code}/versions`);
  const [shown, setShown] = useState<{ before: PlanVersion; after: PlanVersion } | null>(null);
  const versions = data?.plan_versions;
  return (
    <Card title="Versions">
      <Table
        label="Versions"
        rows={versions}
        error={error}
        keyOf={({ version }) => version}
        paging={paging}
        empty=""
        columns={[
          { title: "Version", cell: ({ version }) => version },
          { title: "Made", cell: ({ created_at }) => <Instant at={created_at} /> },
          {
            title: "",
            cell: (after) => {
              const before = versions?.find(({ version }) => version === after.version - 1);
              return before && <Button onClick={() => setShown({ before, after })}>What changed</Button>;
            },
          },
        ]}
      />
      <Dialog
        title={shown === null ? "" : `Version ${shown.after.version}`}
        isOpen={shown !== null}
        onOpenChange={(isOpen) => isOpen || setShown(null)}
        isWide
      >
        {shown && <Changes {...shown} />}
      </Dialog>
    </Card>
  );
}

function Changes({ before, after }: { before: PlanVersion; after: PlanVersion }) {
  const changed = differences(before, after);
  if (changed.length === 0) return <Empty>Nothing but its number.</Empty>;
  return (
    <ul className="flex flex-col gap-4">
      {changed.map((each) => (
        <li key={each.name}>
          <h3 className="font-medium">{each.name.replaceAll("_", " ")}</h3>
          <div className="grid gap-2 md:grid-cols-2">
            <Side title="Before" text={each.before} tone="bg-danger-soft" />
            <Side title="After" text={each.after} tone="bg-good-soft" />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Side({ title, text, tone }: { title: string; text: string; tone: string }) {
  return (
    <div className="min-w-0">
      <p className="text-xs text-muted">{title}</p>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keyboard */}
      <pre tabIndex={0} className={`max-h-80 overflow-auto rounded-md p-2 font-mono text-xs ${tone}`}>
        {text}
      </pre>
    </div>
  );
}
