import { lazy, Suspense, useLayoutEffect, useRef, useState, type Key, type ReactNode } from "react";
import { placing, type Column } from "./column.ts";
import { Empty } from "./empty.tsx";
import { More, type Paging } from "./more.tsx";
import type { NearRows as Near } from "./near-rows.tsx";
import { Pending } from "./pending.tsx";
import { TableRow, usualHeight } from "./table-row.tsx";

export type { Column } from "./column.ts";
export type { Paging } from "./more.tsx";

type TableProps<Row> = {
  label: string;
  rows: Row[] | undefined;
  keyOf: (row: Row) => Key;
  columns: Column<Row>[];
  empty: ReactNode;
  error?: Error | null;
  paging?: Paging;
};

/** Fetched with the first long list. */
const NearRows = lazy(() => import("./near-rows.tsx").then((rows) => ({ default: rows.NearRows }))) as typeof Near;

/** So many rows a browser draws without a pause; of more only those near the window are in the page. */
const mostDrawn = 200;

export function Table<Row>({ label, rows, keyOf, columns, empty, error = null, paging }: TableProps<Row>) {
  if (rows === undefined) return <Pending error={error} />;
  return (
    <div>
      {rows.length === 0 ? (
        <Empty>{empty}</Empty>
      ) : (
        <Rows {...{ label, rows, keyOf, columns }} isWhole={!paging?.hasMore} />
      )}
      {paging && <More {...paging} count={rows.length} isPartDrawn={rows.length > mostDrawn} />}
    </div>
  );
}

type RowsProps<Row> = Pick<TableProps<Row>, "label" | "keyOf" | "columns"> & { rows: Row[]; isWhole: boolean };

function Rows<Row>({ label, rows, keyOf, columns, isWhole }: RowsProps<Row>) {
  const isLong = rows.length > mostDrawn;
  const head = useRef<HTMLTableRowElement>(null);
  const shape = useShape(head, isLong, rows.length);
  return (
    // A table that is wider than a phone scrolls by itself; the tab key reaches it.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keyboard
    <div className="relative -mt-2 overflow-x-auto" role="group" aria-label={label} tabIndex={0}>
      <table
        className={`w-full border-separate border-spacing-0 max-md:block ${shape === null ? "" : "table-fixed wrap-anywhere"}`}
        {...(isLong ? { "aria-rowcount": isWhole ? rows.length + 1 : -1 } : {})}
      >
        <thead className="max-md:sr-only">
          <tr ref={head} className="text-xs text-muted" {...(isLong ? { "aria-rowindex": 1 } : {})}>
            {columns.map((column, index) => (
              <th
                key={column.title}
                scope="col"
                style={{ width: shape?.widths[index] }}
                className={`${placing(column)} border-b border-line font-medium whitespace-nowrap`}
              >
                {column.title || <span className="sr-only">Actions</span>}
              </th>
            ))}
          </tr>
        </thead>
        {isLong ? (
          <Suspense fallback={<AllRows {...{ keyOf, columns }} rows={rows.slice(0, mostDrawn)} />}>
            <NearRows {...{ rows, keyOf, columns }} rowHeight={shape?.rowHeight ?? usualHeight} />
          </Suspense>
        ) : (
          <AllRows {...{ rows, keyOf, columns }} />
        )}
      </table>
    </div>
  );
}

function AllRows<Row>({ rows, keyOf, columns }: Pick<RowsProps<Row>, "rows" | "keyOf" | "columns">) {
  return (
    <tbody className="max-md:block">
      {rows.map((row) => (
        <TableRow key={keyOf(row)} row={row} columns={columns} />
      ))}
    </tbody>
  );
}

type Shape = { widths: string[]; rowHeight: number };

/** How wide the columns are, and how high a row usually is, as rows that come and go must leave them; null while all rows are there to decide it. */
function useShape(head: React.RefObject<HTMLTableRowElement | null>, isLong: boolean, rowCount: number): Shape | null {
  const [shape, setShape] = useState<Shape | null>(null);
  const whole = useRef<Shape | null>(null);
  useLayoutEffect(() => {
    if (!isLong) {
      whole.current = measure(head.current);
      setShape(null);
      return undefined;
    }
    if (shape !== null) {
      const forget = () => {
        whole.current = null;
        setShape(null);
      };
      addEventListener("resize", forget);
      return () => removeEventListener("resize", forget);
    }
    let frame = 0;
    const take = () => {
      const seen = whole.current ?? measure(head.current);
      if (seen === null) frame = requestAnimationFrame(take);
      else setShape(seen);
    };
    take();
    return () => cancelAnimationFrame(frame);
  }, [head, isLong, shape, rowCount]);
  return isLong ? shape : null;
}

/** Of the rows that are drawn; null while there are none. */
function measure(head: HTMLTableRowElement | null): Shape | null {
  const rows = head?.closest("table")?.tBodies[0]?.querySelectorAll<HTMLElement>("tr:not([aria-hidden])") ?? [];
  const cells = [...(head?.cells ?? [])].map((cell) => cell.getBoundingClientRect().width);
  const whole = cells.reduce((sum, width) => sum + width, 0);
  if (rows.length === 0) return null;
  const high = [...rows].reduce((sum, row) => sum + row.offsetHeight, 0);
  // On a phone there is no heading to take them from, and nothing that needs them.
  const widths = whole === 0 ? [] : cells.map((width) => `${(width / whole) * 100}%`);
  return { widths, rowHeight: high / rows.length };
}
