import type { Screen } from "../screen.ts";
import type { Server } from "./api.ts";

export const serverOptions = { url: { type: "string" }, key: { type: "string" } } as const;

export const serverUsage = `  --url URL          The server (default AFTERNOON_URL, else http://localhost:8787).
  --key KEY          The API key (default AFTERNOON_API_KEY, which no list of processes shows).`;

/** @throws Error that says what is missing. */
export function toServer(values: { url?: string | undefined; key?: string | undefined }, screen: Screen): Server {
  const baseUrl = values.url ?? process.env.AFTERNOON_URL ?? "http://localhost:8787";
  const key = (values.key ?? process.env.AFTERNOON_API_KEY ?? "").trim();
  if (key === "") throw new Error("Give an API key in AFTERNOON_API_KEY or by --key.");
  if (!URL.canParse(baseUrl) || !/^https?:/i.test(baseUrl))
    throw new Error(`--url must be an address, like http://localhost:8787, not "${baseUrl}".`);
  return { baseUrl, key, tell: (line) => screen.print(line) };
}
