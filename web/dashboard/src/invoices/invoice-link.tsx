import { PageLink } from "../page-link.tsx";

/** An invoice by its number; a draft has none yet. */
export function InvoiceLink({ id, number }: { id: string; number: string | null }) {
  return (
    <PageLink to={`/invoices/${id}`} className="whitespace-nowrap text-accent hover:underline">
      {number ?? "Draft"}
    </PageLink>
  );
}
