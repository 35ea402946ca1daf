import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";
import { text } from "node:stream/consumers";

export type Received = { method: string; url: string; headers: IncomingMessage["headers"]; body: string };
export type Script = (response: ServerResponse, request: IncomingMessage) => void;

/** A real HTTP server that treats its first request as the first script says, and so on; one that it does not expect gets a 418. */
export async function startScriptedServer(...scripts: Script[]): Promise<{ url: string; requests: Received[] }> {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    const script = scripts[requests.length] ?? answer(418, { error: "unexpected" });
    const { method = "", url = "", headers } = request;
    const received: Received = { method, url, headers, body: "" };
    requests.push(received);
    void text(request).then((body) => {
      received.body = body;
      return script(response, request);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

/** Answers; a `body` that is a string is sent as it is. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}): Script {
  return (response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

export function refuse(status: number, code: string, headers: Record<string, string> = {}): Script {
  return answer(status, { success: false, error: { code, message: `${code} it is` }, request_id: "req_1" }, headers);
}

export const reset: Script = (response) => void response.socket?.destroy();

export const cutOff: Script = (response, request) => {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": "1000" });
  response.write('{"success": tr', () => request.socket.destroy());
};
