type Failure = Error & { code?: string; requestId?: string | null; fields?: { path: string; message: string }[] };

/** What went wrong, with what support needs to find it: the code and the id of the request. */
export function ErrorNote({ error }: { error: Error | null }) {
  if (error === null) return null;
  const { message, code, requestId, fields = [] } = error as Failure;
  return (
    <div role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-danger">
      <p>{message}</p>
      {fields.length > 0 && (
        <ul className="list-inside list-disc">
          {fields.map(({ path, message }) => (
            <li key={`${path}:${message}`}>
              {path}: {message}
            </li>
          ))}
        </ul>
      )}
      {(code ?? requestId) && (
        <p className="font-mono text-xs break-all">{[code, requestId].filter(Boolean).join(" · ")}</p>
      )}
    </div>
  );
}
