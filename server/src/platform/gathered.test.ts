import assert from "node:assert/strict";
import { test } from "node:test";
import { Gathered } from "./gathered.ts";

/** One whose answers come when the test lets them, and which notes what was asked together. */
function gatherNumbers(limits: { atOnce: number; waiting: number }) {
  const asked: number[][] = [];
  const release: (() => void)[] = [];
  const gathered = new Gathered(
    async (numbers: number[]) => {
      asked.push(numbers);
      await new Promise<void>((resolve) => release.push(resolve));
      if (numbers.includes(0)) throw new Error("no answer");
      return numbers.map((number) => number * 10);
    },
    { ...limits, refuse: () => new Error("too many") },
  );
  return { gathered, asked, answer: () => release.shift()?.() };
}

test("one who is alone is asked for at once, and those who come meanwhile together, each with their own answer", async () => {
  const { gathered, asked, answer } = gatherNumbers({ atOnce: 10, waiting: 10 });
  const first = gathered.ask(1);
  const others = [2, 3, 2].map((number) => gathered.ask(number));
  assert.deepEqual(asked, [[1]]);
  answer();
  assert.equal(await first, 10);
  answer();
  assert.deepEqual(await Promise.all(others), [20, 30, 20]);
  assert.deepEqual(asked, [[1], [2, 3, 2]]);
});

test("no more are asked for together than may be, and beyond those who may wait the next is refused", async () => {
  const { gathered, asked, answer } = gatherNumbers({ atOnce: 2, waiting: 3 });
  const taken = [1, 2, 3, 4].map((number) => gathered.ask(number));
  await assert.rejects(gathered.ask(5), /too many/);
  for (const each of [taken[0], taken[1], taken[3]]) {
    answer();
    await each;
  }
  assert.deepEqual(asked, [[1], [2, 3], [4]]);
});

test("a failure is told to all who were asked for together, and to nobody else", async () => {
  const { gathered, answer } = gatherNumbers({ atOnce: 2, waiting: 10 });
  const taken = [1, 0, 2, 3].map((number) => gathered.ask(number));
  const settled = Promise.allSettled(taken);
  for (let turn = 0; turn < 3; turn++) {
    answer();
    await Promise.allSettled([taken[turn === 0 ? 0 : turn + 1]]);
  }
  assert.deepEqual(
    (await settled).map((each) => (each.status === "fulfilled" ? each.value : "failed")),
    [10, "failed", "failed", 30],
  );
});
