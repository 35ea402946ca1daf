import { z } from "zod";
import { BillingError } from "../../../core/errors.ts";
import { isId } from "../platform/ids.ts";

/** The query fields of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|100)$/, "Must be a whole number from 1 to 100.")
    .default("50")
    .transform((text) => Number.parseInt(text, 10))
    .meta({ description: "How many to return, 1 to 100.", examples: ["50"] }),
  cursor: z
    .string()
    .optional()
    .meta({ description: "`next_cursor` of the page before; leave it out for the first page." }),
};

export const Pagination = z
  .object({
    has_more: z.boolean().meta({ description: "Whether there are more after this page." }),
    next_cursor: z
      .string()
      .nullable()
      .meta({ description: "Pass it as `cursor` for the next page; null on the last." }),
  })
  .meta({ id: "Pagination", title: "Pagination" });

export type Page<Item> = { items: Item[]; pagination: z.output<typeof Pagination> };

/** A page of `rows`, which were read with a limit one above `limit`: the extra one only shows that there are more. */
export function toPage<Row>(rows: Row[], limit: number, cursorOf: (last: Row) => unknown): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, pagination: { has_more: hasMore, next_cursor: hasMore ? writeCursor(cursorOf(last)) : null } };
}

export function writeCursor(position: unknown): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** The position that `cursor` stands for, null where there is none. @throws VALIDATION_ERROR if it is not one that `writeCursor` made. */
export function readCursor<Position>(cursor: string | undefined, schema: z.ZodType<Position>): Position | null {
  if (cursor === undefined) return null;
  const result = schema.safeParse(decode(cursor));
  if (result.success) return result.data;
  throw new BillingError("VALIDATION_ERROR", {
    details: [{ path: "cursor", message: "Must be the next_cursor of an earlier page." }],
  });
}

/** The position of a list that is ordered by id: the id after which the page begins. */
export const idPosition = z.string().refine(isId);

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
