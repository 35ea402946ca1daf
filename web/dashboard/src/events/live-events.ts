import { useEffect, useState } from "react";
import type { Event, EventListResponse } from "../../../../sdk/src/generated/types.ts";
import { readStream, RefusedError, type Query, type StreamMessage, type Tenant } from "../api/client.ts";
import { firstPageSize, usePaged } from "../paged.ts";
import { useTenant } from "../tenant.ts";

/** How often the list is read where there is no stream. */
const pollMs = 2_000;
/** As many come on top of the list before it is read again. */
const mostOnTop = 50;
const longestPauseMs = 30_000;

/** How a list of events goes on: by a stream, by being asked for again and again where there is none, or not. */
export type LiveState = "live" | "polling" | "paused";

/** The newest events, and while `isWanted` and nobody looks further back those that come on top of them. */
export function useLiveEvents(query: Query, isWanted: boolean) {
  const { companyId, mode } = useTenant();
  const wanted = JSON.stringify([companyId, mode, query]);
  const [isStreaming, setIsStreaming] = useState(false);
  const [onTop, setOnTop] = useState<{ wanted: string; events: Event[] }>({ wanted, events: [] });
  const { data, error, paging, refetch, restart } = usePaged<EventListResponse>(
    "/v1/events",
    query,
    isWanted && !isStreaming ? { everyMs: pollMs, untilMore: true } : {},
  );
  // Rows that come while somebody reads further below would push what is read away.
  const isOn = isWanted && !paging.hasLoadedMore;
  const state: LiveState = !isOn ? "paused" : isStreaming ? "live" : "polling";
  useEffect(() => {
    if (!isOn) return undefined;
    const leaving = new AbortController();
    void follow({ companyId, mode }, (JSON.parse(wanted) as [string, string, Query])[2], leaving.signal, (message) => {
      if (message.event === "event")
        setOnTop((before) => ({ wanted, events: [message.data as Event, ...of(before, wanted)] }));
      if (message.event === "open" || message.event === "closed") setIsStreaming(message.event === "open");
      // What came before the stream, or is missing in it, is in the list.
      if (message.event === "open" || message.event === "skipped") void refetch();
    });
    return () => {
      leaving.abort();
      setIsStreaming(false);
    };
  }, [isOn, wanted, companyId, mode, refetch]);
  const isFull = of(onTop, wanted).length > mostOnTop;
  useEffect(() => {
    if (isFull)
      void refetch().then(() => setOnTop((before) => ({ wanted, events: of(before, wanted).slice(0, firstPageSize) })));
  }, [isFull, refetch, wanted]);
  return { state, events: data && merge(of(onTop, wanted), data), paging, error, restart };
}

/** Those that came for other filters are nothing of this list. */
const of = (onTop: { wanted: string; events: Event[] }, wanted: string) =>
  onTop.wanted === wanted ? onTop.events : [];

/** Those of both, the newest first, down to where the list ends: the next page goes on from there. */
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
