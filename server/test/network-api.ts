import type { Api, ApiAnswer } from "./harness.ts";

/** A caller over the network, as any client is one: it may get no answer, and then its request throws. */
export function networkApi(baseUrl: string, key: string): Api {
  const request = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ApiAnswer> => {
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patienceMs),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: JSON.parse(text),
      text,
      headers: Object.fromEntries(response.headers),
    };
  };
  return {
    key,
    request,
    get: (path, headers) => request("GET", path, undefined, headers),
    post: (path, body, headers) => request("POST", path, body, headers),
    patch: (path, body, headers) => request("PATCH", path, body, headers),
    delete: (path, headers) => request("DELETE", path, undefined, headers),
  };
}

/** Longer than any answer may take, whatever has become of the database: to get none in this time is a failure of the server. */
const patienceMs = 30_000;
