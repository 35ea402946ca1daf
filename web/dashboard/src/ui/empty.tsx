import type { ReactNode } from "react";

export function Empty({ children }: { children: ReactNode }) {
  return <p className="py-6 text-center text-muted">{children}</p>;
}

/** Stands where something will be in a moment, with no jump when it comes. */
export function Loading() {
  return (
    <p role="status" className="py-6 text-center text-muted">
      Loading …
    </p>
  );
}
