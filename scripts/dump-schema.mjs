// `npm run generate:schema`: writes server/sql/schema.sql, the schema that the migrations make. A test proves it current.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, root } from "./build.mjs";

const sources = [
  "server/test/cluster.ts",
  "server/test/dump-schema.ts",
  "server/src/platform/db.ts",
  "server/src/platform/migrations.ts",
];
await bundle(sources, ".build/dump-schema");
const load = (file) => import(pathToFileURL(path.join(root, ".build/dump-schema", file.replace(/\.ts$/, ".js"))).href);
const [{ startTestCluster }, { dumpSchema }, { createDatabase }, { migrate }] = await Promise.all(sources.map(load));

const cluster = await startTestCluster();
try {
  const database = createDatabase({
    connection: { connectionString: cluster.url },
    preparedStatements: false,
    onError: () => {},
  });
  try {
    await migrate({ connectionString: cluster.url });
    await writeFile(path.join(root, "server/sql/schema.sql"), await dumpSchema(database));
  } finally {
    await database.close();
  }
} finally {
  await cluster.stop();
}
