// A process for tests to kill: it archives or restores, and kills itself before its transaction of the number given; 0 is never.
import { archiveMonths, restoreMonth } from "../src/metering/archives.ts";
import { createDatabase, type Database } from "../src/platform/db.ts";
import { findOldestOpenUsage } from "../src/renewals/renewals.ts";

const [, , connectionString = "", action = "", where = "", dieAt = "0"] = process.argv;
const database = createDatabase({ connection: { connectionString }, preparedStatements: true, onError: () => {} });
let count = 0;
const deadly: Database = {
  ...database,
  reserve: (reservation) => {
    const own = database.reserve(reservation);
    return {
      ...own,
      transaction: (work, limits) => {
        count += 1;
        if (count === Number.parseInt(dieAt, 10)) process.kill(process.pid, "SIGKILL");
        return own.transaction(work, limits);
      },
    };
  },
};
try {
  if (action === "restore") await restoreMonth(deadly, { file: where });
  else
    await archiveMonths(deadly, {
      before: new Date("2026-02-01T00:00:00.000Z"),
      folder: where,
      now: new Date("2026-05-01T00:00:00.000Z"),
      findOpenUsage: findOldestOpenUsage,
    });
} finally {
  await database.close();
}
