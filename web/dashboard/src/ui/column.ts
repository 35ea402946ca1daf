import type { ReactNode } from "react";

export type Column<Row> = {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand at the right, under each other. */
  isNumber?: boolean;
};

/** How the cells of a column stand, its heading too. One without a title has the row's buttons, at its end. */
export function placing({ title, isNumber }: Pick<Column<never>, "title" | "isNumber">): string {
  const side = isNumber
    ? "pl-4 text-right whitespace-nowrap"
    : title === ""
      ? "pl-4 text-right max-md:w-full max-md:pt-1"
      : "pl-4 text-left";
  return `py-1.5 align-baseline first:pl-0 ${isNumber ? "not-last:pr-4" : ""} ${side}`;
}

/** On a phone a row is what fits on a line and goes on below, first what it is called, and each of the rest with its column's name. */
export const phoneRow =
  "max-md:flex max-md:flex-wrap max-md:items-baseline max-md:gap-x-4 max-md:gap-y-1 max-md:border-b max-md:border-line max-md:py-2.5 max-md:last:border-0";
export const phoneCell =
  "max-md:flex max-md:items-baseline max-md:gap-1.5 max-md:border-0 max-md:p-0 max-md:text-left max-md:first:w-full max-md:first:font-medium max-md:not-first:before:text-xs max-md:not-first:before:text-muted max-md:not-first:before:content-[attr(data-label)]";
