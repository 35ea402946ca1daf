import type { Key, ReactNode } from "react";
import { Button } from "./button.tsx";
import { Empty } from "./empty.tsx";
import { Pending } from "./pending.tsx";

export type Column<Row> = {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, under each other. */
  isNumber?: boolean;
  /** Not on a phone. */
  isMinor?: boolean;
};

type TableProps<Row> = {
  label: string;
  rows: Row[] | undefined;
  keyOf: (row: Row) => Key;
  columns: Column<Row>[];
  empty: ReactNode;
  error?: Error | null;
  paging?: Paging;
};

/** Where a list stands: the server says what comes next, and only it knows. */
export type Paging = {
  isFirst: boolean;
  next: string | null | undefined;
  onFirst: () => void;
  onNext: (cursor: string) => void;
};

export function Table<Row>({ label, rows, keyOf, columns, empty, error = null, paging }: TableProps<Row>) {
  if (rows === undefined) return <Pending error={error} />;
  return (
    <div className="flex flex-col gap-3">
      {rows.length === 0 ? <Empty>{empty}</Empty> : <Rows {...{ label, rows, keyOf, columns }} />}
      {paging && (!paging.isFirst || paging.next) && <Pager {...paging} />}
    </div>
  );
}

function Rows<Row>({
  label,
  rows,
  keyOf,
  columns,
}: Pick<TableProps<Row>, "label" | "keyOf" | "columns"> & { rows: Row[] }) {
  const placing = ({ isNumber, isMinor }: Column<Row>) =>
    `py-1.5 pr-4 last:pr-0 align-top ${isNumber ? "text-right" : "text-left"} ${isMinor ? "hidden md:table-cell" : ""}`;
  return (
    // A table that is wider than a phone scrolls by itself; the tab key reaches it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keyboard
    <div className="relative overflow-x-auto" role="group" aria-label={label} tabIndex={0}>
      <table className="w-full border-collapse">
        <thead>
          <tr className="border-b border-line text-xs text-muted">
            {columns.map((column) => (
              <th key={column.title} scope="col" className={`${placing(column)} font-medium whitespace-nowrap`}>
                {column.title || <span className="sr-only">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-b border-line last:border-0 hover:bg-sunken">
              {columns.map((column) => (
                <td key={column.title} className={placing(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Pager({ isFirst, next, onFirst, onNext }: Paging) {
  return (
    <nav aria-label="Pages" className="flex justify-end gap-2">
      <Button disabled={isFirst} onClick={onFirst}>
        First page
      </Button>
      <Button disabled={!next} onClick={() => next && onNext(next)}>
        Next page
      </Button>
    </nav>
  );
}
