import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { shortenLists } from "../paged.ts";
import { useTenant } from "../tenant.ts";
import { keepSameRead } from "./keep-same-read.ts";
import { newIdempotencyKey, read, RefusedError, send, type Query } from "./client.ts";

/** What GET `path` answers, kept while its next page is on the way. `isOn: false` asks nothing, `everyMs` again and again. */
export function useRead<Answer>(
  path: string,
  query: Query = {},
  { isOn = true, everyMs }: { isOn?: boolean; everyMs?: number } = {},
) {
  const tenant = useTenant();
  return useQuery({
    queryKey: [tenant.companyId, tenant.mode, path, query],
    queryFn: () => read<Answer>(tenant, path, query),
    enabled: isOn,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
    placeholderData: keepSameRead(tenant, path),
  });
}

export type Write = { method: "POST" | "PATCH" | "DELETE"; path: string; body?: unknown };

/**
 * Sends writes of this company and mode; afterwards everything on the page is read again. A write that got no answer, or an answer
 * that does not say what happened, keeps its idempotency key when it is sent again unchanged, so that it happens once.
 */
export function useWrite() {
  const tenant = useTenant();
  const queries = useQueryClient();
  const unsettled = useRef<{ text: string; key: string } | null>(null);
  const { mutateAsync, isPending, error } = useMutation({
    mutationFn: async (write: Write): Promise<unknown> => {
      const text = JSON.stringify(write);
      const key = unsettled.current?.text === text ? unsettled.current.key : newIdempotencyKey();
      unsettled.current = { text, key };
      try {
        const answer = await send({ ...write, idempotencyKey: key }, tenant);
        unsettled.current = null;
        return answer;
      } catch (error) {
        if (error instanceof RefusedError && error.status < 500) unsettled.current = null;
        throw error;
      }
    },
    onSuccess: () => {
      shortenLists(queries);
      return queries.invalidateQueries();
    },
  });
  const sendTyped = <Answer = unknown>(write: Write) => mutateAsync(write) as Promise<Answer>;
  return { send: sendTyped, isPending, error };
}
