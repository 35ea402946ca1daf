/*
 * `npm run chaos [-- --minutes N] [--seed TEXT]`: the crash suite for as long as one likes, on one new disk after another, and a report.
 * Ends with 1 at the first thing that does not hold; its seed repeats the choices.
 */
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { runChaos, type RoundReport } from "./chaos.ts";
import { createRandom } from "./random.ts";
import { siteKinds } from "./site.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, seed: { type: "string" } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0, not "${values.minutes}".`);
/** So many that the books of one disk are soon checked, and none is full by itself. */
const roundsOfADisk = 6;

const seed = values.seed ?? randomBytes(4).toString("hex");
const tell = (line: string) => process.stdout.write(`${line}\n`);
// What is to be ended and removed is so when the process exits, not when a signal ends it.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const startedAt = performance.now();
const reports: RoundReport[] = [];
try {
  for (let disk = 0; performance.now() - startedAt < minutes * 60_000; disk++) {
    const random = createRandom(`${seed} ${disk}`);
    const rounds = Array.from({ length: roundsOfADisk }, () => random.pick(siteKinds));
    reports.push(...(await runChaos({ seed: `${seed} ${disk}`, rounds, isLong: true, tell })));
  }
  tell(describe(reports));
} catch (error) {
  tell(`${describe(reports)}\nThen, with --seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
}
process.exit();

/** What the rounds that are through have been through. */
function describe(rounds: RoundReport[]): string {
  const faults = new Map<string, number>();
  for (const name of rounds.flatMap((round) => round.faults)) faults.set(name, (faults.get(name) ?? 0) + 1);
  const total = (count: Exclude<keyof RoundReport, "site" | "faults">) =>
    rounds.reduce((sum, round) => sum + round[count], 0);
  return [
    `\n${rounds.length} rounds in ${Math.round((performance.now() - startedAt) / 1_000)} s, seed ${seed}; nothing lost, nothing twice, all books agree.`,
    `${total("events")} events in ${total("requests")} requests: ${total("acknowledged")} acknowledged, ${total("unavailable")} answered 503, ` +
      `${total("unanswered")} not answered; ${total("repeated")} were repeats, ${total("stalled")} clients stalled.`,
    ...[...faults].map(([name, count]) => `${String(count).padStart(4)} × ${name}`).toSorted(),
  ].join("\n");
}
