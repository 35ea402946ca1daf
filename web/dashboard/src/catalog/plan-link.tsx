import type { PlanListResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead } from "../api/use-api.ts";
import { PageLink } from "../page-link.tsx";

/** A version of a plan, by the plan's name where that is among the first hundred plans. */
export function PlanLink({ code, version }: { code: string; version: number }) {
  const { data, isError } = useRead<PlanListResponse>("/v1/plans", { limit: 100 });
  const name = data?.plans.find((plan) => plan.code === code)?.name ?? code;
  return (
    // Not its code for a moment, and then its name.
    <span className={`whitespace-nowrap ${data === undefined && !isError ? "invisible" : ""}`}>
      <PageLink to={`/plans/${code}`} title={code}>
        {name}
      </PageLink>{" "}
      <span className="text-muted">v{version}</span>
    </span>
  );
}
