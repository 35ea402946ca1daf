import { memo, type Ref } from "react";
import { phoneCell, phoneRow, placing, type Column } from "./column.ts";

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
      className={`hover:bg-sunken [&:last-child>td]:border-0 ${phoneRow}`}
    >
      {columns.map((column) => (
        <td
          key={column.title}
          data-label={column.title}
          className={`${placing(column)} border-b border-line ${phoneCell}`}
        >
          <div className="min-w-0 md:contents">{column.cell(row)}</div>
        </td>
      ))}
    </tr>
  );
}

export const TableRow = memo(OneRow) as typeof OneRow;

/** A row of one line. */
export const usualHeight = 33;
