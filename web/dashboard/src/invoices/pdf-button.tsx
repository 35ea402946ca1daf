import { useState } from "react";
import type { Invoice } from "../../../../sdk/src/generated/types.ts";
import { readFile } from "../api/client.ts";
import { useTenant } from "../tenant.ts";
import { Button } from "../ui/button.tsx";
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
      const address = URL.createObjectURL(await readFile(tenant, `/v1/invoices/${invoice.id}/pdf`));
      const link = Object.assign(document.createElement("a"), {
        href: address,
        download: `${invoice.number ?? "draft"}.pdf`,
      });
      link.click();
      URL.revokeObjectURL(address);
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
