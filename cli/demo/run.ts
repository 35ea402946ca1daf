import { AfternoonClient } from "../../sdk/src/index.ts";
import { fill, type Account } from "./fill.ts";
import { filledLine, progressLines, summaryLines } from "./report.ts";
import type { Screen } from "../screen.ts";
import { stream, type Tally } from "./stream.ts";

export type DemoRun = {
  baseUrl: string;
  token: string;
  screen: Screen;
  /** How many events to stream; null is until `stop`. */
  events: number | null;
  ratePerSecond: number;
  /** Ends the stream after the event in flight. */
  stop: AbortSignal;
  /** Ends the event in flight as well. */
  abandon: AbortSignal;
  now: () => Date;
};

export type DemoResult = { accounts: Account[]; tally: Tally };

/** Any number does; always the same one makes every run the same traffic. */
const seed = 20_260_401;

/** Fills the server and streams events to it. @throws what the SDK throws, after the summary of what was done until then. */
export async function runDemo(run: DemoRun): Promise<DemoResult> {
  const { screen, events } = run;
  const client = new AfternoonClient({
    token: run.token,
    baseUrl: run.baseUrl,
    maxRetries: 5,
    fetch: sayingWaits(screen),
  });
  const server = { client, abandon: run.abandon, now: run.now };

  const { accounts, created } = await fill(server);
  screen.print(filledLine(created));
  screen.print(events === null ? "Streaming events; Ctrl-C ends." : `Streaming ${events} events; Ctrl-C ends early.`);
  screen.print("");

  let last: Tally = { sent: 0, rejected: 0, topUps: 0, cost: [], elapsedMs: 0 };
  const show = (isLast: boolean) => screen.show(progressLines(last, events, accounts, screen.isTerminal), { isLast });
  const onProgress = (tally: Tally) => {
    last = tally;
    show(false);
  };
  try {
    const tally = await stream(server, accounts, { ...run, seed, onProgress });
    return { accounts, tally };
  } finally {
    show(true);
    screen.print("");
    for (const line of summaryLines(last, accounts)) screen.print(line);
  }
}

/** The SDK waits and tries again by itself; a wait of up to a minute needs a word, or the program seems to hang. */
function sayingWaits(screen: Screen): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.status === 429) {
      screen.print(
        `The rate limit is reached; waiting ${response.headers.get("Retry-After") ?? "a few"} s, as the server asks.`,
      );
    }
    return response;
  };
}
