import type { ReactNode } from "react";

export function Empty({ children }: { children: ReactNode }) {
  return <p className="py-3 text-center text-balance text-muted">{children}</p>;
}
