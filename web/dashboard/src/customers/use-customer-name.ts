import { useQuery } from "@tanstack/react-query";
import type { Customer, CustomerListResponse } from "../../../../sdk/src/generated/types.ts";
import { read, type Tenant } from "../api/client.ts";
import { useTenant } from "../tenant.ts";
import { nameOf } from "./customer-name.ts";

const keptMs = 60_000;

/** What the customer is called; the id itself of one that is not there any more, null until it is known. */
export function useCustomerName(id: string): string | null {
  const tenant = useTenant();
  const { data, isError } = useQuery({
    queryKey: [tenant.companyId, tenant.mode, "customer-name", id],
    queryFn: async () => {
      const customer = (await readTogether(tenant, id)).get(id);
      return customer === undefined ? id : nameOf(customer);
    },
    staleTime: keptMs,
  });
  return data ?? (isError ? id : null);
}

/** As many as the server tells of in one answer. */
const mostTogether = 100;

type Asked = { ids: Set<string>; answer: Promise<Map<string, Customer>> };

/** What is to be asked for in a moment, by company and mode. */
const asked = new Map<string, Asked>();

/** The customers of all who ask in the same moment, by one call: a list names one on every row. */
function readTogether(tenant: Tenant, id: string): Promise<Map<string, Customer>> {
  const of = `${tenant.companyId}/${tenant.mode}`;
  let next = asked.get(of);
  if (next === undefined || next.ids.size === mostTogether) {
    const ids = new Set<string>();
    const answer = new Promise((resolve) => setTimeout(resolve)).then(async () => {
      if (asked.get(of)?.ids === ids) asked.delete(of);
      const query = { ids: [...ids].join(","), limit: mostTogether };
      const { customers } = await read<CustomerListResponse>(tenant, "/v1/customers", query);
      return new Map(customers.map((customer) => [customer.id, customer]));
    });
    next = { ids, answer };
    asked.set(of, next);
  }
  next.ids.add(id);
  return next.answer;
}
