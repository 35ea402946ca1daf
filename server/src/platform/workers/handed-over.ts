import type { Worker } from "node:cluster";

type HandOver = { cmd?: string; act?: string; seq?: number };
type Handle = { close(): void };

/**
 * Closes the connections that were on their way to `worker` when it ended. Node.js keeps each open in the primary until the worker
 * says that it has taken it; one that is killed never does, and whoever had asked something on it would wait for ever.
 * It follows messages of `node:cluster` that are not documented: should they change, nothing is closed, and nothing else happens.
 */
export function closeWhatIsLost(worker: Worker): void {
  const underWay = new Map<number, Handle>();
  const channel = worker.process;
  const send = channel.send.bind(channel) as (message: HandOver, handle?: Handle, ...rest: unknown[]) => boolean;
  channel.send = ((message: HandOver, handle?: Handle, ...rest: unknown[]) => {
    if (message.cmd === "NODE_CLUSTER" && message.act === "newconn" && message.seq !== undefined && handle)
      underWay.set(message.seq, handle);
    return send(message, handle, ...rest);
  }) as typeof channel.send;
  channel.on("internalMessage", ({ ack }: { ack?: number }) => ack !== undefined && underWay.delete(ack));
  worker.once("exit", () => {
    for (const handle of underWay.values()) handle.close();
  });
}
