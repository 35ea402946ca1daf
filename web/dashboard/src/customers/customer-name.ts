import type { Customer } from "../../../../sdk/src/generated/types.ts";

export function nameOf(
  customer: Pick<Customer, "name" | "first_name" | "last_name" | "email" | "external_id" | "id">,
): string {
  const person = [customer.first_name, customer.last_name].filter(Boolean).join(" ");
  return customer.name || person || customer.email || customer.external_id || customer.id;
}
