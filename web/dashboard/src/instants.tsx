/** An instant in UTC, to the minute, as all of the dashboard writes it; null is a dash. */
export function Instant({ at, seconds = false }: { at: string | null; seconds?: boolean }) {
  if (at === null) return <span className="text-muted">–</span>;
  return (
    <time dateTime={at} title={`${at} (UTC)`} className="whitespace-nowrap">
      {showInstant(at, seconds)}
    </time>
  );
}

/** "2026-03-10T09:00:30Z" → "2026-03-10 09:00"; a day stays a day. */
export function showInstant(at: string, seconds = false): string {
  return /T/.test(at) ? at.slice(0, seconds ? 19 : 16).replace("T", " ") : at;
}

/** "2026-03-10 – 2026-04-10": a period from its first day to the one on which it ends. */
export function showPeriod(start: string | null, end: string | null): string {
  return start === null || end === null ? "–" : `${start.slice(0, 10)} – ${end.slice(0, 10)}`;
}
