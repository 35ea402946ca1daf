import type { Tenant } from "./client.ts";

type Reading = { queryKey: readonly unknown[] };

/** Other filters of a list show its rows until theirs are there; nothing is shown of another company, mode, list or thing. */
export function keepSameRead({ companyId, mode }: Tenant, path: string) {
  return <Answer>(previous: Answer | undefined, reading: Reading | undefined): Answer | undefined => {
    const [company, ofMode, ofPath] = reading?.queryKey ?? [];
    return company === companyId && ofMode === mode && ofPath === path ? previous : undefined;
  };
}
