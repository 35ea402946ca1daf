import type { ReactNode } from "react";

export type Column<Row> = {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, under each other. */
  isNumber?: boolean;
  /** Not on a phone. */
  isMinor?: boolean;
};

/** How the cells of a column stand, its heading too. */
export function placing({ isNumber, isMinor }: Pick<Column<never>, "isNumber" | "isMinor">): string {
  return `py-1.5 pr-4 last:pr-0 align-top ${isNumber ? "text-right" : "text-left"} ${isMinor ? "hidden md:table-cell" : ""}`;
}
