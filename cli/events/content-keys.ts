import { createHash } from "node:crypto";
import { writeJson } from "../../server/src/http/json.ts";
import { Occurrences } from "./occurrences.ts";

type Fields = Record<string, unknown>;

/**
 * Gives an event without an idempotency key one of its content and of how often that content has come in the file: two equal lines are two
 * events, and the same file again has the same keys, also with other lines added at its end or between.
 */
export class ContentKeys {
  readonly #path: string;
  #occurrences: Occurrences | null = null;

  /** `path` begins the names of the files in which they are counted, if any event is without a key. */
  constructor(path: string) {
    this.#path = path;
  }

  withKey(fields: Fields): Fields {
    const { idempotency_key: own, ...content } = fields;
    if (own !== undefined && own !== null && own !== "") return fields;
    const hash = createHash("sha256").update(writeJson(content)).digest();
    this.#occurrences ??= new Occurrences(this.#path);
    return { ...content, idempotency_key: `import-${hash.toString("base64url")}-${this.#occurrences.count(hash)}` };
  }

  close(): void {
    this.#occurrences?.close();
  }
}
