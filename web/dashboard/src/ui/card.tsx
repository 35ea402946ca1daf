import { useId, type ReactNode } from "react";

type CardProps = { title: string; action?: ReactNode; note?: ReactNode; children: ReactNode };

/** A part of a page under a heading of its own. */
export function Card({ title, action, note, children }: CardProps) {
  const heading = useId();
  return (
    <section aria-labelledby={heading} className="min-w-0 rounded-lg border border-line bg-raised">
      <header className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-4 py-2.5">
        <div>
          <h2 id={heading} className="font-semibold">
            {title}
          </h2>
          {note && <p className="text-xs text-muted">{note}</p>}
        </div>
        {action && <div className="flex flex-wrap gap-2 max-sm:w-full max-sm:*:max-w-full">{action}</div>}
      </header>
      <div className="p-4">{children}</div>
    </section>
  );
}

/** Names and what they have, in columns as wide as there is room. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <dl className="grid grid-cols-2 gap-x-6 sm:grid-cols-[repeat(auto-fill,minmax(11rem,1fr))] gap-y-3">
      {facts.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-muted">{name}</dt>
          <dd className="wrap-anywhere">{value ?? "–"}</dd>
        </div>
      ))}
    </dl>
  );
}
