import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { runChaos } from "./chaos/chaos.ts";

/*
 * The short form of `npm run chaos`: every fault once, at a server of its own and at two that share a PostgreSQL. The seed is printed;
 * CHAOS_SEED repeats its choices. See docs/decisions/0042-chaos.md.
 */
const seed = process.env.CHAOS_SEED ?? randomBytes(4).toString("hex");

test(
  `whatever breaks under load (seed ${seed}), what was acknowledged is there once, nothing is there in part, and the books agree`,
  { skip: process.platform !== "linux" && "it finds processes and mounts a disk as only Linux does" },
  async (context) => {
    const tell = (line: string) => context.diagnostic(line);
    const reports = await runChaos({ seed, rounds: ["one server", "two servers"], isLong: false, tell });
    for (const report of reports) {
      tell(JSON.stringify(report));
      assert.ok(report.unanswered > 0, "the faults were felt");
    }
  },
);
