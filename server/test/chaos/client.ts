import { once } from "node:events";
import net from "node:net";

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
export type Answer = { status: number; body: any };

export type Request = {
  baseUrl: string;
  key: string;
  path: string;
  /** The body as it goes over the wire, the same at every try. */
  text: string;
  idempotencyKey: string | null;
  /** Has the client leave in the middle. */
  leave?: AbortSignal;
};

/** Longer than any answer may take, whatever has happened. */
const patienceMs = 40_000;

/**
 * What a server answers; null if the connection ended before, which leaves open what it has done. @throws Error if it
 * neither answers nor ends the connection.
 */
export async function post({ baseUrl, key, path, text, idempotencyKey, leave }: Request): Promise<Answer | null> {
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const response = await fetch(baseUrl + path, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        ...(idempotencyKey === null ? {} : { "idempotency-key": idempotencyKey }),
      },
      body: text,
      signal: leave === undefined ? patience : AbortSignal.any([patience, leave]),
    });
    return { status: response.status, body: await response.json() };
  } catch (error) {
    if (patience.aborted) throw new Error(`${path} got no answer in ${patienceMs / 1_000} s`, { cause: error });
    return null;
  }
}

/** Sends the first half of a request and then nothing, and reads nothing; until it is destroyed. */
export async function stallInRequest(request: Request): Promise<net.Socket> {
  const { hostname, port } = new URL(request.baseUrl);
  const socket = net.connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  socket.pause();
  // If there is no server just now, it ends by itself.
  await once(socket, "connect").catch(() => undefined);
  socket.write(
    `POST ${request.path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${request.key}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(request.text)}\r\n\r\n` +
      request.text.slice(0, request.text.length / 2),
  );
  return socket;
}
