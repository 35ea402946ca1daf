/*
 * The load generator, a process of its own so that its work is not the server's: it reads LoadOptions as JSON and prints a LoadResult. Bare sockets with keep-alive and requests made of a template: a general HTTP client costs more than the server that it measures.
 */
import { connect, type Socket } from "node:net";
import { text as readAll } from "node:stream/consumers";

export type LoadOptions = {
  host: string;
  port: number;
  connections: number;
  seconds: number;
  /** Requests a second, sent on time whatever the answers do, and measured from when they were due; null sends the next after an answer. */
  rate: number | null;
  /** Stop after so many requests, if they come before the seconds do. */
  most?: number;
  request: RequestTemplate;
};

export type RequestTemplate = {
  method: "GET" | "POST";
  path: string;
  headers: Record<string, string>;
  /** `{customer}` stands for one of `customers`, in path and body; `{key}` for a text of its own each time. Null has no body. */
  body: string | null;
  customers: string[];
  /** What tells one run's keys from another's. */
  run: string;
  /** An event for `{events}` in the body, so many times. */
  event?: { text: string; times: number };
  /** Every answer must hold this text, so many times. */
  expected: { text: string; times: number };
};

export type LoadResult = {
  requests: number;
  failures: number;
  seconds: number;
  p50Ms: number;
  p99Ms: number;
  firstFailure: string;
};

let sent = 0;

function makeRequests(template: RequestTemplate, host: string): () => string {
  const head = Object.entries({ Host: host, ...template.headers })
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join("");
  const { customers, run, event } = template;
  const fill = (text: string) =>
    text
      .replaceAll("{customer}", () => customers[Math.floor(Math.random() * customers.length)] as string)
      .replaceAll("{key}", () => `${run}-${(sent += 1)}`);
  return () => {
    const path = fill(template.path);
    if (template.body === null) return `${template.method} ${path} HTTP/1.1\r\n${head}\r\n`;
    const list = event === undefined ? "" : Array.from({ length: event.times }, () => fill(event.text)).join(",");
    const body = fill(template.body).replace("{events}", () => list);
    return `${template.method} ${path} HTTP/1.1\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
}

const options = JSON.parse(await readAll(process.stdin)) as LoadOptions;
const makeRequest = makeRequests(options.request, options.host);
const { expected } = options.request;
const latencies: number[] = [];
let failures = 0;
let firstFailure = "";
let started = 0;
let isOver = false;

class Connection {
  readonly #socket: Socket;
  #received = "";
  #since = 0;
  readonly #onFree: (connection: Connection) => void;

  constructor(onFree: (connection: Connection) => void) {
    this.#onFree = onFree;
    this.#socket = connect({ host: options.host, port: options.port, noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (text: string) => this.#read(text));
    this.#socket.on("error", (error) => fail(error.message));
  }

  ready(): Promise<void> {
    return new Promise((resolve) => this.#socket.once("connect", () => resolve()));
  }

  send(since: number): void {
    this.#since = since;
    this.#socket.write(makeRequest(), "latin1");
  }

  #read(text: string): void {
    this.#received += text;
    const headEnd = this.#received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const length = /content-length: (\d+)/i.exec(this.#received.slice(0, headEnd))?.[1];
    const end = headEnd + 4 + Number(length ?? 0);
    if (this.#received.length < end) return;
    const answer = this.#received.slice(0, end);
    this.#received = this.#received.slice(end);
    if (answer.startsWith("HTTP/1.1 200") && countOf(answer, expected.text) === expected.times)
      latencies.push(performance.now() - this.#since);
    else fail(answer);
    this.#onFree(this);
  }

  end(): void {
    this.#socket.destroy();
  }
}

function countOf(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) count += 1;
  return count;
}

function fail(what: string): void {
  failures += 1;
  if (firstFailure === "") firstFailure = what.slice(0, 1_000);
}

const isAllowed = () => !isOver && (options.most === undefined || started < options.most);

/** The next request goes out when the last one's answer is there. Returns when all that were sent are answered. */
async function closedLoop(): Promise<void> {
  let busy = 0;
  await new Promise<void>((resolve) => {
    const next = (connection: Connection) => {
      if (!isAllowed()) {
        busy -= 1;
        if (busy === 0) resolve();
        return;
      }
      started += 1;
      connection.send(performance.now());
    };
    for (const connection of connections) {
      listeners.set(connection, next);
      busy += 1;
      next(connection);
    }
  });
}

/** Requests are due at even distances and wait for a free connection if there is none: the wait is part of their latency. */
async function openLoop(rate: number): Promise<void> {
  const free = [...connections];
  const due: number[] = [];
  let busy = 0;
  await new Promise<void>((resolve) => {
    const give = () => {
      while (due.length > 0 && free.length > 0) {
        busy += 1;
        started += 1;
        (free.pop() as Connection).send(due.shift() as number);
      }
      if (isOver && due.length === 0 && busy === 0) resolve();
    };
    for (const connection of connections)
      listeners.set(connection, () => {
        busy -= 1;
        free.push(connection);
        give();
      });
    const begin = performance.now();
    let scheduled = 0;
    const tick = () => {
      if (isOver) return give();
      for (const now = performance.now(); begin + (scheduled * 1_000) / rate <= now; scheduled++)
        due.push(begin + (scheduled * 1_000) / rate);
      give();
      setTimeout(tick, 1);
    };
    tick();
  });
}

const listeners = new Map<Connection, (connection: Connection) => void>();
const connections = Array.from(
  { length: options.connections },
  () => new Connection((each) => listeners.get(each)?.(each)),
);
await Promise.all(connections.map((connection) => connection.ready()));
const begin = performance.now();
setTimeout(() => (isOver = true), options.seconds * 1_000);
if (options.rate === null) await closedLoop();
else await openLoop(options.rate);
const seconds = (performance.now() - begin) / 1_000;
for (const connection of connections) connection.end();

const sorted = Float64Array.from(latencies).toSorted();
const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
const result: LoadResult = {
  requests: latencies.length,
  failures,
  seconds,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  firstFailure,
};
process.stdout.write(JSON.stringify(result));
process.exit(0);
