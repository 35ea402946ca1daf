import { defaultRangeExtractor, useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState, type FocusEvent, type Key } from "react";
import type { Column } from "./column.ts";
import { TableRow } from "./table-row.tsx";

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
    <tbody ref={body} onFocus={keep} className="max-md:block">
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
