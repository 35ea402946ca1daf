import type { CustomerListResponse } from "../../../../sdk/src/generated/types.ts";
import { useRead } from "../api/use-api.ts";
import { useRested } from "../rested.ts";
import type { Found } from "../ui/finder.tsx";
import { nameOf } from "./customer-name.ts";

const fewestLetters = 2;

export const howCustomersAreFound = "Customers are found by how words of their name, email or id begin.";

/** Customers who are found by `text`, by their ids; pending while those are still the ones of other letters. */
export function useFoundCustomers(text: string): { customers: Found[]; isPending: boolean } {
  const rested = useRested(text);
  const isOn = text.length >= fewestLetters;
  const query = { search: rested, limit: 10 };
  const isReady = isOn && rested === text;
  const { data, isPlaceholderData, isLoading } = useRead<CustomerListResponse>("/v1/customers", query, {
    isOn: isReady,
  });
  const isPending = isOn && (!isReady || isPlaceholderData || isLoading);
  const customers = isOn ? (data?.customers ?? []) : [];
  return {
    customers: customers.map((customer) => ({
      key: customer.id,
      title: nameOf(customer),
      note: customer.external_id ?? customer.email ?? "",
    })),
    isPending,
  };
}
