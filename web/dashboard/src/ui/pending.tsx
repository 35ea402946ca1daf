import { ErrorNote } from "./error-note.tsx";

/** Stands where something will be in a moment, with no jump when it comes, or says why it will not be. */
export function Pending({ error }: { error: Error | null }) {
  if (error !== null) return <ErrorNote error={error} />;
  return (
    <p role="status" className="py-6 text-center text-muted">
      Loading …
    </p>
  );
}
