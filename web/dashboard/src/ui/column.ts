import type { ReactNode } from "react";

export type Column<Row> = {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, under each other. */
  isNumber?: boolean;
  /** Not on a phone. */
  isMinor?: boolean;
};

/** How the cells of a column stand, its heading too. One without a title has the row's buttons, at its end. */
export function placing({ title, isNumber, isMinor }: Pick<Column<never>, "title" | "isNumber" | "isMinor">): string {
  const side = isNumber ? "pr-4 text-right md:pr-8" : title === "" ? "text-right" : "pr-4 text-left";
  return `py-1.5 align-baseline last:pr-0 ${side} ${isMinor ? "hidden md:table-cell" : ""}`;
}
