import net, { type AddressInfo } from "node:net";
import { after } from "node:test";
import { Client } from "pg";

/** What has gone over the connections to PostgreSQL since `start`. */
export type Wire = {
  /** The database's address through here. */
  connectionString: string;
  start(): void;
  /** Of each connection that was used. */
  used(): Traffic[];
};

export type Traffic = {
  /** How often somebody waited for answers before going on. */
  roundTrips: number;
  /** What was run, in its order, and in which of the round trips. */
  statements: { text: string; roundTrip: number }[];
  /** How many of them came with their text, and had to be parsed. */
  parsed: number;
};

/** Answers are kept so long that all that is sent without waiting for them has been sent. */
const answerDelayMs = 30;

/** A way to the database of `connectionString` that counts. */
export async function startWire(connectionString: string): Promise<Wire> {
  const { host, port, user, database } = new Client({ connectionString });
  const target = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const connections = new Set<Traffic>();
  const sockets = new Set<net.Socket>();

  const server = net.createServer((near) => {
    const far = net.connect(target);
    const connection: Traffic = { roundTrips: 0, statements: [], parsed: 0 };
    const prepared = new Map<string, string>();
    const ran = (text: string) => void connection.statements.push({ text, roundTrip: connection.roundTrips });
    connections.add(connection);
    let isAnswered = true;
    const read = messageReader((type, body) => {
      const [first = "", second = ""] = body.toString("latin1").split("\0", 2);
      if (type === "Q") ran(first);
      // A text under a name, which is empty for one that is not kept; then the name that is run.
      if (type === "P") prepared.set(first, second);
      if (type === "P") connection.parsed += 1;
      if (type === "B") ran(prepared.get(second) ?? "");
    });
    near.on("data", (chunk) => {
      if (isAnswered) connection.roundTrips += 1;
      isAnswered = false;
      read(chunk);
      far.write(chunk);
    });
    let answers: Buffer[] = [];
    far.on("data", (chunk) => {
      if (answers.push(chunk) > 1) return;
      setTimeout(() => {
        near.write(Buffer.concat(answers));
        answers = [];
        isAnswered = true;
      }, answerDelayMs);
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay();
      socket.on("error", () => undefined);
      socket.on("close", () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    connectionString: `postgresql://${user}@127.0.0.1:${(server.address() as AddressInfo).port}/${database}`,
    start: () => {
      for (const connection of connections) Object.assign(connection, { roundTrips: 0, statements: [], parsed: 0 });
    },
    used: () => [...connections].filter(({ statements }) => statements.length > 0).map((each) => ({ ...each })),
  };
}

/** Calls `see` with each whole message of a client; the first one, which opens the connection, has no type. */
function messageReader(see: (type: string, body: Buffer) => void): (chunk: Buffer) => void {
  let begun = Buffer.alloc(0);
  let isOpen = false;
  return (chunk) => {
    begun = Buffer.concat([begun, chunk]);
    for (;;) {
      const start = isOpen ? 1 : 0;
      if (begun.length < start + 4) return;
      const end = start + begun.readUInt32BE(start);
      if (begun.length < end) return;
      if (isOpen) see(String.fromCharCode(begun[0] as number), begun.subarray(5, end));
      isOpen = true;
      begun = begun.subarray(end);
    }
  };
}
