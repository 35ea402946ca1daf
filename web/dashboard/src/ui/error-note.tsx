import { counted } from "../amounts.ts";

type FieldError = { path: string; message: string };
type Failure = Error & { code?: string; requestId?: string | null; fields?: FieldError[] };

type NoteProps = {
  error: Error | null;
  /** Whether a field on the page says itself what is wrong with it. */
  isTold?: (path: string) => boolean;
};

/** What went wrong, with what support needs to find it: the code and the id of the request. */
export function ErrorNote({ error, isTold = () => false }: NoteProps) {
  if (error === null) return null;
  const { message, code, requestId, fields = [] } = error as Failure;
  const mark = [code, requestId].filter(Boolean).join(" · ");
  const untold = fields.filter(({ path }) => !isTold(path));
  return (
    <div role="alert" className="rounded-md bg-danger-soft px-3 py-2 text-danger">
      <p>
        {fields.length === 0 ? plain(message) : `${counted(fields.length, "field needs", "fields need")} correcting.`}
      </p>
      {untold.length > 0 && (
        <ul className="list-inside list-disc">
          {untold.map(({ path, message }) => (
            <li key={`${path}:${message}`}>
              <span title={path}>{inWords(path)}</span>: {plain(message)}
            </li>
          ))}
        </ul>
      )}
      {mark !== "" && <p className="font-mono text-xs break-all">{mark}</p>}
    </div>
  );
}

/** The API sets names in backticks. */
const plain = (text: string) => text.replaceAll("`", "");

/** "usage_prices.0.unit_amount" → "usage prices 1, unit amount". */
function inWords(path: string): string {
  return path
    .replaceAll(/\.(\d+)/g, (_, index: string) => ` ${Number(index) + 1}`)
    .replaceAll(".", ", ")
    .replaceAll("_", " ");
}
