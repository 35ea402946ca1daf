import { useEffect, useRef } from "react";
import { Button } from "./button.tsx";
import { ErrorNote } from "./error-note.tsx";

/** Where a list stands: the server says whether there is more, and only it knows. */
export type Paging = {
  hasMore: boolean;
  hasLoadedMore: boolean;
  isLoading: boolean;
  /** Why the next page did not come. */
  error: Error | null;
  onMore: () => void;
};

/** A screen or so: the next rows are there before one comes to them. */
const nearPixels = 1_000;

type MoreProps = Paging & { count: number; /** Whether some of the rows are not in the page. */ isPartDrawn: boolean };

/** The end of a list. Whoever has asked for more once gets the next page whenever they come near it. */
export function More({ hasMore, hasLoadedMore, isLoading, error, onMore, count, isPartDrawn }: MoreProps) {
  const end = useRef<HTMLDivElement>(null);
  const isWanted = hasLoadedMore && hasMore && !isLoading && error === null;
  useEffect(() => {
    if (!isWanted) return undefined;
    const look = () => {
      if ((end.current?.getBoundingClientRect().top ?? Infinity) < innerHeight + nearPixels) onMore();
    };
    look();
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
    // `onMore` is another function each time.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [isWanted, count]);
  return (
    <div ref={end} className={hasMore || hasLoadedMore ? "mt-3 flex flex-col gap-2" : ""}>
      <ErrorNote error={error} />
      {(hasMore || hasLoadedMore) && (
        <div className="flex flex-wrap items-center justify-between gap-2">
          <p aria-live="polite" className="text-xs text-muted">
            {hasMore ? `The first ${count.toLocaleString("en")} rows.` : `All ${count.toLocaleString("en")} rows.`}
            {isPartDrawn && " The browser's own search sees those near the window; filters and CSV see all."}
          </p>
          {hasMore && (
            <Button aria-busy={isLoading} onClick={() => isLoading || onMore()}>
              {isLoading ? "Loading more …" : "Load more"}
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
