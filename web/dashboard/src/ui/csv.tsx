import { useState } from "react";
import type { Pagination } from "../../../../sdk/src/generated/types.ts";
import { read, type Query } from "../api/client.ts";
import { useTenant } from "../tenant.ts";
import { Button } from "./button.tsx";
import { download } from "./download.ts";
import { ErrorNote } from "./error-note.tsx";

type ExportProps<Row> = {
  path: string;
  query?: Query;
  /** Where the rows stand in the answer. */
  name: string;
  columns: [title: string, cell: (row: Row) => string | number | null][];
};

const rowsAtATime = 100;

/** Saves all rows of a list as CSV, page by page as the server has them. */
export function ExportButton<Row>({ path, query = {}, name, columns }: ExportProps<Row>) {
  const tenant = useTenant();
  const [count, setCount] = useState<number | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const save = async () => {
    const lines = [columns.map(([title]) => cellOf(title)).join(",")];
    let cursor: string | null = null;
    do {
      const page: { [name: string]: unknown } & { pagination: Pagination } = await read(tenant, path, {
        ...query,
        limit: rowsAtATime,
        cursor,
      });
      for (const row of page[name] as Row[]) lines.push(columns.map(([, cell]) => cellOf(cell(row))).join(","));
      setCount(lines.length - 1);
      cursor = page.pagination.next_cursor;
    } while (cursor !== null);
    download(`${name}.csv`, new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  };
  return (
    <>
      <Button
        disabled={count !== null}
        onClick={() => {
          setError(null);
          void save()
            .catch(setError)
            .finally(() => setCount(null));
        }}
      >
        {count === null ? "Export CSV" : `Exporting ${count} …`}
      </Button>
      <ErrorNote error={error} />
    </>
  );
}

/** RFC 4180; a text that a spreadsheet would take for a formula is kept from being one. */
function cellOf(value: string | number | null): string {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
