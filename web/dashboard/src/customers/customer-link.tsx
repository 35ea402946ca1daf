import { PageLink } from "../page-link.tsx";
import { useCustomerName } from "./use-customer-name.ts";

/** A customer by name, as whatever is of a customer tells whose it is. */
export function CustomerLink({ id }: { id: string }) {
  const name = useCustomerName(id);
  return (
    <PageLink
      to={`/customers/${id}`}
      className={`block max-w-60 truncate text-accent underline-offset-2 hover:underline ${name === null ? "invisible" : ""}`}
      title={id}
    >
      {name ?? id}
    </PageLink>
  );
}
