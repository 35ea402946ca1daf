import { useEffect, type ReactNode } from "react";

type PageProps = { title: string; mark?: ReactNode; actions?: ReactNode; above?: ReactNode; children: ReactNode };

/** A page: its heading, which is the document's title too, what can be done on it, and its parts. */
export function Page({ title, mark, actions, above, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Afternoon`;
  }, [title]);
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-4 md:p-6">
      <header className="flex flex-wrap items-center justify-between gap-x-3 gap-y-2">
        <div className="min-w-0">
          {above && <div className="text-xs text-muted">{above}</div>}
          <div className="flex min-h-8 flex-wrap items-center gap-2">
            <h1 className="text-xl font-semibold break-words">{title}</h1>
            {mark}
          </div>
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}
