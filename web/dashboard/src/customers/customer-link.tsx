import { PageLink } from "../page-link.tsx";

/** A customer by id, as lists of other things name whom they are of. */
export function CustomerLink({ id }: { id: string }) {
  return (
    <PageLink to={`/customers/${id}`}>
      <code className="text-xs">{id}</code>
    </PageLink>
  );
}
