/** What the operating system knows of processes: what they have used so far. */
import { readdirSync, readFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";

/** Linux counts processor time in hundredths of a second (USER_HZ). */
const microsecondsPerTick = 10_000;

/** Microseconds of processor time that the process has used, with its children that have ended. */
export function cpuOf(processId: number): number {
  const fields = statOf(processId);
  return [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field] ?? 0), 0) * microsecondsPerTick;
}

/** The same of a process and all that it has started and that still run: PostgreSQL with its backends. */
export function cpuOfTree(processId: number): number {
  return childrenOf(processId).reduce((sum, child) => sum + cpuOfTree(child), cpuOf(processId));
}

/** The most memory that the process has ever had in use, in megabytes (10^6 bytes). */
export function peakMemoryMb(processId: number): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${processId}/status`, "utf8"))?.[1];
  return (Number(kib) * 1024) / 1e6;
}

export function describeMachine(): Record<string, unknown> {
  const [first] = cpus();
  return {
    processors: cpus().length,
    model: first?.model.trim() ?? "unknown",
    memory_gb: Math.round(totalmem() / 1e9),
    node: process.version,
  };
}

function childrenOf(processId: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => Number(statOf(candidate)[1]) === processId);
}

/** The fields behind the command's name, which may hold anything: state, parent, … None of a process that has just ended. */
function statOf(processId: number): string[] {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${processId}/stat`, "utf8");
  } catch {
    return [];
  }
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
