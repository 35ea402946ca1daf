import type { Duplex } from "node:stream";
import { Pool, type PoolClient, type PoolConfig } from "pg";
import { withinTime } from "./within-time.ts";

export type ConnectionPool = {
  pool: Pool;
  /** Ends every connection from our side: whatever waits on one fails at once. */
  cut(): void;
  /** Lets go of every connection; of one on which PostgreSQL says nothing any more, after a few seconds. */
  end(): Promise<void>;
};

const connectPatienceMs = 5_000;
const goodbyeMs = 5_000;

/**
 * A pool that outlives its database. A connection that is lost goes to `onLoss`, one on which a statement has no answer in
 * `answerTimeoutMs` is ended, and both are replaced at the next use.
 */
export function openConnections(
  { answerTimeoutMs, ...settings }: PoolConfig & { answerTimeoutMs: number },
  onLoss: (error: Error) => void,
): ConnectionPool {
  const wholeSettings: PoolConfig & { pipeline: boolean } = {
    connectionTimeoutMillis: connectPatienceMs,
    query_timeout: answerTimeoutMs,
    // Only so does a statement that has no answer end its connection; else the next one would wait behind it.
    pipeline: true,
    ...settings,
  };
  const pool = new Pool(wholeSettings);
  const open = new Map<PoolClient, Promise<void>>();
  const lose = (error: Error & { client?: unknown }) => {
    // The pool hangs the whole connection on it, with the values of its statements: nothing for a log.
    delete error.client;
    onLoss(error);
  };
  // Without these listeners a connection that the server ends (restart, kill) would end our process too.
  pool.on("error", lose);
  pool.on("connect", (client) => {
    client.on("error", lose);
    const ended = new Promise<void>((resolve) => client.once("end", resolve));
    open.set(client, ended);
    void ended.then(() => open.delete(client));
  });
  const cut = () => [...open.keys()].forEach(cutConnection);
  return {
    pool,
    cut,
    end: async () => {
      const ended = pool.end();
      await withinTime<unknown>(Promise.all([ended, ...open.values()]), goodbyeMs, cut);
      await ended;
    },
  };
}

/** Ends the connection from our side: everything that waits on it fails at once. */
export function cutConnection(client: PoolClient): void {
  (client as unknown as { connection: { stream: Duplex } }).connection.stream.destroy();
}

/** Holds what is written to the connection back until whoever is at work now waits, and writes it at once: a write wakes PostgreSQL up. */
export function writeTogether(client: PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Duplex } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
