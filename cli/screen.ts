/** Where a program writes: a terminal, or a pipe when `isTTY` is not true. */
export type Output = { write(text: string): unknown; isTTY?: boolean | undefined; columns?: number | undefined };

export type Screen = {
  isTerminal: boolean;
  /** A line that stays. */
  print(line: string): void;
  /** Lines that the next call replaces; in a pipe they are one line that stays, and come less often. */
  show(lines: string[], options?: { isLast?: boolean }): void;
};

/** Ten a second looks fluent to the eye and costs nothing. */
const redrawMs = 100;
/** A log wants to know that something happens, not every step. */
const pipeLineMs = 5_000;

export function createScreen(output: Output): Screen {
  const isTerminal = output.isTTY === true;
  const pauseMs = isTerminal ? redrawMs : pipeLineMs;
  let drawn = 0;
  let shownAt = -Infinity;

  /** Puts the cursor where the lines shown before began, and clears from there. */
  const erase = () => (drawn === 0 ? "" : `\u001B[${drawn}A\u001B[J`);
  const print = (line: string) => {
    output.write(`${erase()}${line}\n`);
    drawn = 0;
  };
  const show: Screen["show"] = (lines, { isLast = false } = {}) => {
    if (!isLast && performance.now() - shownAt < pauseMs) return;
    shownAt = performance.now();
    if (!isTerminal) return print(lines.join(" | "));
    const width = (output.columns ?? 80) - 1;
    output.write(`${erase()}${lines.map((line) => `${line.slice(0, width)}\n`).join("")}`);
    drawn = isLast ? 0 : lines.length;
  };
  return { isTerminal, print, show };
}
