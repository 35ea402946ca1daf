import { useParams } from "@tanstack/react-router";
import type { Tenant } from "./api/client.ts";

/** The company and mode that the address names. */
export function useTenant(): Tenant {
  const { companyId, mode } = useParams({ strict: false }) as { companyId: string; mode: Tenant["mode"] };
  return { companyId, mode };
}
