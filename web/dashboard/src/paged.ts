import {
  useInfiniteQuery,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
  type QueryKey,
} from "@tanstack/react-query";
import { useMemo } from "react";
import type { Pagination } from "../../../sdk/src/generated/types.ts";
import { read, type Query } from "./api/client.ts";
import { keepSameRead } from "./api/keep-same-read.ts";
import { useTenant } from "./tenant.ts";
import type { Paging } from "./ui/table.tsx";

/** What fits on a screen comes first; whoever wants more wants much. */
export const firstPageSize = 25;
const nextPageSize = 100;

type Paged<Answer> = {
  data: Answer | undefined;
  error: Error | null;
  paging: Paging;
  /** Reads the pages that there are again. */
  refetch: () => Promise<unknown>;
  /** Begins with the first page again. */
  restart: () => void;
};
type Pages<Answer> = InfiniteData<Answer, string | null>;

/**
 * A list, page after page: the answer has the rows of all pages so far. With `everyMs` they are read again and again, or with `untilMore` only while the
 * first page is the only one.
 */
export function usePaged<Answer extends { pagination: Pagination }>(
  path: string,
  query: Query = {},
  { everyMs, untilMore = false }: { everyMs?: number; untilMore?: boolean } = {},
): Paged<Answer> {
  const tenant = useTenant();
  const queries = useQueryClient();
  const queryKey = [tenant.companyId, tenant.mode, path, query, "pages"];
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery<
    Answer,
    Error,
    Pages<Answer>,
    QueryKey,
    string | null
  >({
    queryKey,
    queryFn: ({ pageParam: cursor }) =>
      read<Answer>(tenant, path, { ...query, limit: cursor === null ? firstPageSize : nextPageSize, cursor }),
    initialPageParam: null,
    getNextPageParam: ({ pagination }) => pagination.next_cursor,
    placeholderData: keepSameRead(tenant, path),
    refetchOnMount: ({ state }) => isShort(state.data),
    refetchOnWindowFocus: ({ state }) => isShort(state.data),
    refetchOnReconnect: ({ state }) => isShort(state.data),
    refetchInterval: ({ state }) =>
      everyMs !== undefined && pageCount(state.data) <= (untilMore ? 1 : mostPagesReadAgain) ? everyMs : false,
  });
  const merged = useMemo(() => (data === undefined ? undefined : merge(data.pages)), [data]);
  const paging: Paging = {
    hasMore: hasNextPage,
    hasLoadedMore: pageCount(data) > 1,
    isLoading: isFetchingNextPage,
    error: data === undefined ? null : error,
    // Asked for twice it comes once: the first request is not taken back.
    onMore: () => void fetchNextPage({ cancelRefetch: false }),
  };
  return { data: merged, error, paging, refetch, restart: () => void queries.resetQueries({ queryKey, exact: true }) };
}

/** The last page, with the rows of all before its own. */
function merge<Answer extends object>(pages: Answer[]): Answer | undefined {
  const last = pages.at(-1);
  if (last === undefined) return undefined;
  const lists = Object.entries(last).filter(([, value]) => Array.isArray(value));
  const rowsOf = (name: string) => pages.flatMap((page) => (page as Record<string, unknown[]>)[name] ?? []);
  return { ...last, ...Object.fromEntries(lists.map(([name]) => [name, rowsOf(name)])) };
}

/** Pages are read again one after the other, so of a long list only so many are. */
const mostPagesReadAgain = 10;

const pageCount = (data: Pages<unknown> | undefined) => data?.pages.length ?? 0;
const isShort = (data: Pages<unknown> | undefined) => pageCount(data) <= mostPagesReadAgain;

/** Forgets the far ends of long lists, before everything is read again. */
export function shortenLists(queries: QueryClient): void {
  queries.setQueriesData<Pages<unknown>>({ predicate: ({ queryKey }) => queryKey.at(-1) === "pages" }, (data) =>
    data === undefined || isShort(data)
      ? data
      : {
          pages: data.pages.slice(0, mostPagesReadAgain),
          pageParams: data.pageParams.slice(0, mostPagesReadAgain),
        },
  );
}
