import { useState } from "react";
import type { Invoice } from "../../../../sdk/src/generated/types.ts";
import { readFile } from "../api/client.ts";
import { useTenant } from "../tenant.ts";
import { Button } from "../ui/button.tsx";
import { download } from "../ui/download.ts";
import { ErrorNote } from "../ui/error-note.tsx";

/** The invoice as its customer gets it, saved as a file. */
export function PdfButton({ invoice }: { invoice: Invoice }) {
  const tenant = useTenant();
  const [isMaking, setIsMaking] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const save = async () => {
    setIsMaking(true);
    setError(null);
    try {
      download(`${invoice.number ?? "draft"}.pdf`, await readFile(tenant, `/v1/invoices/${invoice.id}/pdf`));
    } catch (thrown) {
      setError(thrown as Error);
    } finally {
      setIsMaking(false);
    }
  };
  return (
    <>
      <Button disabled={isMaking} onClick={() => void save()}>
        {isMaking ? "Making the PDF …" : "PDF"}
      </Button>
      <ErrorNote error={error} />
    </>
  );
}
