import type { PlanListResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead } from "../api/use-api.ts";
import { Choice, Field } from "../ui/field.tsx";

/** One of the first hundred plans; of more, by its code. */
export function PlanChoice({ name, except }: { name: string; except?: string }) {
  const { data } = useRead<PlanListResponse>("/v1/plans", { limit: 100 });
  if (data?.pagination.has_more) return <Field label="Plan's code" name={name} required />;
  const plans = (data?.plans ?? []).filter(({ code }) => code !== except);
  return (
    <Choice
      label="Plan"
      name={name}
      options={plans.map((plan) => [plan.code, `${plan.name} (${plan.code})`] as const)}
      {...(data && plans.length === 0 ? { hint: "There is no other plan yet." } : {})}
    />
  );
}
