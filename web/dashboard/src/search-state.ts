import { useNavigate, useSearch } from "@tanstack/react-router";

export type Search = { [name: string]: string | undefined };

/** What stands behind the `?` of the address, and how to change some of it: undefined takes a name away. `isTyping` makes no step to go back to. */
export function useSearchState(): [Search, (changes: Search, isTyping?: boolean) => void] {
  const search: Search = useSearch({ strict: false });
  const navigate = useNavigate();
  return [search, (changes, replace = false) => void navigate({ to: ".", search: { ...search, ...changes }, replace })];
}

/** Only texts are in an address: `?external_id=007` stays what it is. */
export function parseSearch(text: string): Search {
  return Object.fromEntries(new URLSearchParams(text));
}

export function stringifySearch(search: Record<string, unknown>): string {
  const given = Object.entries(search).filter(
    (pair): pair is [string, string] => typeof pair[1] === "string" && pair[1] !== "",
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
