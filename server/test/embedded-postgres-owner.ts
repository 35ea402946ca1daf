// A process for tests to kill: it starts PostgreSQL in the directory given, says so in one line, and stops when its input ends.
import { once } from "node:events";
import { startEmbeddedPostgres } from "../src/platform/embedded-postgres/embedded-postgres.ts";

const [, , dataDir = ""] = process.argv;
try {
  const server = await startEmbeddedPostgres({ dataDir });
  console.log(JSON.stringify({ connectionString: server.connectionString, processId: server.processId }));
  await once(process.stdin.resume(), "end");
  await server.stop();
} catch (error) {
  console.log(JSON.stringify({ refusal: (error as Error).message }));
  process.exitCode = 1;
}
