import { LosslessNumber, parse, stringify } from "lossless-json";

/** A plan's document while it is being written: whatever JSON says, right or not. Numbers keep the digits that were typed. */
export type Draft = { [name: string]: unknown };

export type Path = readonly (string | number)[];

/** The document that a text says, or why it says none. */
export type Reading = { draft: Draft; isNone: null } | { draft: null; isNone: string };

export function readDraft(text: string): Reading {
  try {
    const value = parse(text);
    return isObject(value) ? { draft: value, isNone: null } : none("A plan is an object, in { and }.");
  } catch (error) {
    return none(`This is no JSON yet: ${(error as Error).message}.`);
  }
}

const none = (isNone: string): Reading => ({ draft: null, isNone });

export function writeDraft(draft: Draft): string {
  return stringify(draft, null, 2) ?? "";
}

/** The draft with another value at `path`; everything else stays the very same object. Undefined takes the name away. */
export function withAt<Whole>(whole: Whole, path: Path, value: unknown): Whole {
  const [step, ...rest] = path;
  if (step === undefined) return value as Whole;
  if (typeof step === "number") {
    const list = Array.isArray(whole) ? (whole as unknown[]) : [];
    return list.with(step, withAt(list[step], rest, value)) as Whole;
  }
  const before: Draft = isObject(whole) ? whole : {};
  const inner = withAt(before[step], rest, value);
  const { [step]: _, ...others } = before;
  return (inner === undefined ? others : { ...before, [step]: inner }) as Whole;
}

/** What stands in a field for a value. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || value instanceof LosslessNumber) return value.toString();
  return "";
}

/** A whole number as JSON has it; what is none stays a text, which the server refuses where it stands. */
export function wholeOf(text: string): LosslessNumber | string | undefined {
  if (text === "") return undefined;
  return /^-?\d+$/.test(text) ? new LosslessNumber(text) : text;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

export function isObject(value: unknown): value is Draft {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);
}

/** The list with the item `from` standing at `to`. */
export function movedTo(list: readonly unknown[], from: number, to: number): unknown[] {
  return list.toSpliced(from, 1).toSpliced(to, 0, list[from]);
}
