import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

const patienceMs = 60_000;

/** Resolves when `isSo`, looking again and again; `what` names it for the failure, should it never come about. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!(await isSo())) {
    assert.ok(performance.now() < deadline, `${what} has not come about in ${patienceMs / 1_000} s`);
    await delay(10);
  }
}
