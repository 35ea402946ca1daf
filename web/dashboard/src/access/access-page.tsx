import { useEffect, type ReactNode } from "react";

/** A page for whoever is not signed in yet. */
export function AccessPage({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Afternoon`;
  }, [title]);
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-4 p-4">
      <p className="text-center text-lg font-semibold text-accent">Afternoon</p>
      <div className="flex flex-col gap-4 rounded-lg border border-line bg-raised p-6">
        <div>
          <h1 className="text-lg font-semibold">{title}</h1>
          {note && <p className="text-muted">{note}</p>}
        </div>
        {children}
      </div>
    </main>
  );
}
