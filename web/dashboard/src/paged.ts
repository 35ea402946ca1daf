import type { Pagination } from "../../../sdk/src/generated/types.ts";
import { useRead } from "./api/use-api.ts";
import { useSearchState } from "./search-state.ts";
import type { Paging } from "./ui/table.tsx";

export const pageSize = 25;

type Query = { [name: string]: string | number | null | undefined };

/** One page of a list, which page is in the address under `cursorName`. */
export function usePaged<Answer extends { pagination: Pagination }>(
  path: string,
  query: Query = {},
  cursorName = "cursor",
) {
  const [search, change] = useSearchState();
  const cursor = search[cursorName];
  const answer = useRead<Answer>(path, { limit: pageSize, ...query, cursor });
  const paging: Paging = {
    isFirst: cursor === undefined,
    next: answer.data?.pagination.next_cursor,
    onFirst: () => change({ [cursorName]: undefined }),
    onNext: (next) => change({ [cursorName]: next }),
  };
  return { ...answer, paging };
}
