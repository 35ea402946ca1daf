import assert from "node:assert/strict";
import { test } from "node:test";
import { createScreen } from "./screen.ts";

const erased = (lines: number) => `\u001B[${lines}A\u001B[J`;

function outputOf(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  return { written, output: { write: (text: string) => written.push(text), isTTY, columns } };
}

test("on a terminal what is shown is drawn over, cut to its width, and what is printed stays above it", () => {
  const { written, output } = outputOf(true, 11);
  const screen = createScreen(output);
  screen.show(["[===   ] 50 %", "two"]);
  screen.print("stays");
  screen.show(["done"], { isLast: true });
  screen.show(["after"], { isLast: true });
  assert.deepEqual(written, ["[===   ] 5\ntwo\n", `${erased(2)}stays\n`, "done\n", "after\n"]);
});

test("in a pipe it is a line now and then, and the last one always", () => {
  const { written, output } = outputOf(false);
  const screen = createScreen(output);
  for (const share of [10, 20, 30]) screen.show([`${share} %`, "of all"]);
  screen.show(["100 %"], { isLast: true });
  assert.deepEqual(written, ["10 % | of all\n", "100 %\n"]);
});
