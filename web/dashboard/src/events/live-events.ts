import { useEffect, useState } from "react";
import type { Event, EventListResponse } from "../../../../sdk/src/generated/types.ts";
import { readStream, RefusedError, type Query, type StreamMessage, type Tenant } from "../api/client.ts";
import { useRead } from "../api/use-api.ts";
import { pageSize } from "../paged.ts";
import { useTenant } from "../tenant.ts";

/** How often the list is read where there is no stream. */
const pollMs = 2_000;
/** As many come on top of the list before it is read again. */
const mostOnTop = 50;
const longestPauseMs = 30_000;

/** How a list of events goes on: by a stream, by being asked for again and again where there is none, or not. */
export type LiveState = "live" | "polling" | "paused";

/** A page of events, and while `isOn` those that come on top of it. */
export function useLiveEvents(query: Query, cursor: string | undefined, isOn: boolean) {
  const { companyId, mode } = useTenant();
  const [isStreaming, setIsStreaming] = useState(false);
  const [onTop, setOnTop] = useState<Event[]>([]);
  const state: LiveState = !isOn ? "paused" : isStreaming ? "live" : "polling";
  const { data, error, refetch } = useRead<EventListResponse>(
    "/v1/events",
    { ...query, limit: pageSize, cursor },
    state === "polling" ? { everyMs: pollMs } : {},
  );
  const wanted = JSON.stringify(query);
  useEffect(() => {
    if (!isOn) return undefined;
    const leaving = new AbortController();
    void follow({ companyId, mode }, JSON.parse(wanted) as Query, leaving.signal, (message) => {
      if (message.event === "event") setOnTop((events) => [message.data as Event, ...events]);
      if (message.event === "open" || message.event === "closed") setIsStreaming(message.event === "open");
      // What came before the stream, or is missing in it, is in the list.
      if (message.event === "open" || message.event === "skipped") void refetch();
    });
    return () => {
      leaving.abort();
      setIsStreaming(false);
      setOnTop([]);
    };
  }, [isOn, wanted, companyId, mode, refetch]);
  const isFull = onTop.length > mostOnTop;
  useEffect(() => {
    if (isFull) void refetch().then(() => setOnTop((events) => events.slice(0, pageSize)));
  }, [isFull, refetch]);
  return { state, events: data && merge(onTop, data), next: data?.pagination.next_cursor, error };
}

/** Those of both, the newest first, down to where the page ends: the next one goes on from there. */
function merge(onTop: Event[], { events, pagination }: EventListResponse): Event[] {
  const oldest = pagination.has_more ? (events.at(-1)?.id ?? "") : "";
  const all = new Map([...onTop, ...events].map((event) => [event.id, event]));
  return [...all.values()].filter(({ id }) => id >= oldest).toSorted((a, b) => (a.id < b.id ? 1 : -1));
}

/** Tells what a stream of events says, and "closed" whenever it breaks; then it is opened anew, until `signal`, or until it is refused for good. */
async function follow(
  tenant: Tenant,
  query: Query,
  signal: AbortSignal,
  tell: (message: StreamMessage) => void,
): Promise<void> {
  let lastEventId = "";
  for (let pauseMs = 1_000; !signal.aborted; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    let isForGood = false;
    try {
      for await (const message of readStream(tenant, { path: "/v1/events/stream", query, lastEventId, signal })) {
        if (signal.aborted) return;
        if (message.id !== "") lastEventId = message.id;
        pauseMs = 1_000;
        tell(message);
      }
    } catch (error) {
      // Whatever broke, the list is read meanwhile, and says what is wrong if it cannot be.
      isForGood = error instanceof RefusedError && error.status < 500 && error.status !== 429;
    }
    if (signal.aborted) return;
    tell({ event: "closed", data: null, id: "" });
    if (isForGood) return;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
