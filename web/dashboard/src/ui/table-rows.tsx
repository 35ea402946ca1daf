import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useLayoutEffect, useRef, useState, type FocusEvent, type Key, type Ref } from "react";
import { placing, type Column } from "./column.ts";

type RowProps<Row> = {
  row: Row;
  columns: Column<Row>[];
  /** Where it stands in a list of which not all rows are in the page. */
  index?: number;
  ref?: Ref<HTMLTableRowElement>;
};

function OneRow<Row>({ row, columns, index, ref }: RowProps<Row>) {
  return (
    <tr
      ref={ref}
      {...(index === undefined ? {} : { "data-index": index, "aria-rowindex": index + 2 })}
      className="hover:bg-sunken [&:last-child>td]:border-0"
    >
      {columns.map((column) => (
        <td key={column.title} className={`${placing(column)} border-b border-line`}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}

export const TableRow = memo(OneRow) as typeof OneRow;

/** A row of one line. */
export const usualHeight = 33;

/** Of a long list the rows near the window, with as much room above and below as the others need. */
export function NearRows<Row>(props: {
  rows: Row[];
  keyOf: (row: Row) => Key;
  columns: Column<Row>[];
  /** What a row is taken to need until it is measured. */
  rowHeight: number;
}) {
  const { rows, keyOf, columns, rowHeight } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  // After every drawing, because what is above may have grown.
  useLayoutEffect(() => setTop(Math.round((body.current?.getBoundingClientRect().top ?? 0) + scrollY)));
  const focused = useRef<number | null>(null);
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(rows[index] as Row),
    overscan: 20,
    scrollMargin: top,
    rangeExtractor: (range) => {
      const near = defaultRangeExtractor(range);
      // Whoever works in a row by keyboard keeps it while they scroll.
      const kept = focused.current;
      if (kept === null || kept >= rows.length || near.includes(kept)) return near;
      return [...near, kept].toSorted((a, b) => a - b);
    },
  });
  const keep = ({ target }: FocusEvent) => {
    const index = target.closest<HTMLElement>("tr[data-index]")?.dataset.index;
    focused.current = index === undefined ? null : Number.parseInt(index, 10);
  };
  let end = top;
  const near = virtual.getVirtualItems().flatMap((item) => {
    const room = <Room key={`before ${item.index}`} height={item.start - end} columnCount={columns.length} />;
    end = item.end;
    const row = rows[item.index] as Row;
    return [
      room,
      <TableRow key={item.key} ref={virtual.measureElement} row={row} columns={columns} index={item.index} />,
    ];
  });
  return (
    <tbody ref={body} onFocus={keep}>
      {near}
      <Room height={virtual.getTotalSize() - (end - top)} columnCount={columns.length} />
    </tbody>
  );
}

function Room({ height, columnCount }: { height: number; columnCount: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden>
      <td colSpan={columnCount} style={{ height }} className="p-0" />
    </tr>
  );
}
