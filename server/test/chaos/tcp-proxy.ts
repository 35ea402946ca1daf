import net, { type AddressInfo } from "node:net";
import { Client } from "pg";

/** The network between a server and its PostgreSQL, which can fail in each of the ways in which networks do. */
export type TcpProxy = {
  /** The database's address through here. */
  connectionString: string;
  /** From now on nothing arrives at either side, and nobody is told. */
  stall(): void;
  /** What was held up arrives, and all is as before. */
  restore(): void;
  /** New connections work; on those that are open nothing ever comes, as after a failover of which nobody is told. */
  restoreForNewOnes(): void;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  /** Takes no connections any more, and ends those that there are. */
  refuse(): Promise<void>;
  /** Takes connections again. */
  accept(): Promise<void>;
  close(): Promise<void>;
};

/** A way to the database of `connectionString`, which is on this machine: behind a Unix socket or a port. */
export async function startTcpProxy(connectionString: string): Promise<TcpProxy> {
  const { host, port, user, database } = new Client({ connectionString });
  const target = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const sockets = new Set<net.Socket>();
  const deaf = new WeakSet<net.Socket>();
  let isStalled = false;

  const server = net.createServer((near) => {
    const far = net.connect(target);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay();
      from.on("data", (chunk) => void (to.write(chunk) || from.pause()));
      to.on("drain", () => isStalled || deaf.has(from) || from.resume());
      from.on("error", () => undefined);
      from.on("end", () => to.end());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
    if (isStalled) for (const socket of [near, far]) socket.pause();
  });
  const listen = (on: number) => new Promise<void>((resolve) => server.listen(on, "127.0.0.1", resolve));
  await listen(0);
  const ownPort = (server.address() as AddressInfo).port;
  const cut = () => sockets.forEach((socket) => socket.destroy());
  const refuse = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      cut();
    });
  return {
    connectionString: `postgresql://${user}@127.0.0.1:${ownPort}/${database}`,
    stall: () => {
      isStalled = true;
      sockets.forEach((socket) => socket.pause());
    },
    restore: () => {
      isStalled = false;
      for (const socket of sockets) if (!deaf.has(socket)) socket.resume();
    },
    restoreForNewOnes: () => {
      isStalled = false;
      sockets.forEach((socket) => deaf.add(socket));
    },
    cut,
    refuse,
    accept: () => listen(ownPort),
    close: refuse,
  };
}
