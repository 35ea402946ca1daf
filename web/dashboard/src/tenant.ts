import { useParams } from "@tanstack/react-router";
import type { Tenant } from "./api/client.ts";

/** The company and mode that the address names. */
export function useTenant(): Tenant {
  const params: { companyId?: string; mode?: string } = useParams({ strict: false });
  return { companyId: params.companyId ?? "", mode: params.mode === "live" ? "live" : "test" };
}

/** A part of the address, by its name in the route. */
export function useParam(name: string): string {
  const params: Record<string, string | undefined> = useParams({ strict: false });
  return params[name] ?? "";
}
