import type { CustomerFields } from "./schema.ts";

/** Longer words are found by their beginnings; PostgreSQL takes 2,046 bytes. */
const longestWord = 100;
/** More would narrow nothing down. */
const mostWanted = 10;

/** `text` as words to be found by: letters and digits, in lower case and without accents. Example: `"Ünal-Özil 2" → ["unal", "ozil", "2"]`. */
export function wordsOf(text: string): string[] {
  const plain = text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/\p{M}/gu, "");
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.slice(0, longestWord));
}

type Named = Pick<CustomerFields, "name" | "first_name" | "last_name" | "email" | "external_id">;

/** What a customer is found by, each word behind the tenant, as a `tsvector` is made of. */
export function searchWords(tenantId: number, customerId: string, fields: Named): string[] {
  const { name, first_name, last_name, email, external_id } = fields;
  const texts = [name, first_name, last_name, email, external_id, customerId];
  return texts.flatMap((text) => wordsOf(text ?? "")).map((word) => `${tenantId}:${word}`);
}

/**
 * The `tsquery` for customers who have, for each word of `search`, one that begins with it; null where it has no word. Words are letters and
 * digits, so nothing of what was typed is read as an operator.
 */
export function searchQuery(tenantId: number, search: string): string | null {
  const words = wordsOf(search).slice(0, mostWanted);
  return words.length === 0 ? null : words.map((word) => `'${tenantId}:${word}':*`).join(" & ");
}
