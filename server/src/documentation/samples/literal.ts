/** How a language writes down data. */
export type LiteralStyle = {
  indent: string;
  trailingComma: boolean;
  /** A key and what stands between it and its value. */
  key(name: string): string;
  scalar(value: string | number | boolean | null): string;
  object: [open: string, close: string];
  array: [open: string, close: string];
  emptyObject: string;
  /** What follows a list or map inside another, where the language must be told its type. */
  nestedSuffix(value: object): string;
};

/** `value` in a language's own notation, with everything after the first line indented by `level`. */
export function printLiteral(value: unknown, style: LiteralStyle, level = 0, isNested = false): string {
  if (typeof value !== "object" || value === null) return style.scalar(value as string | number | boolean | null);
  const suffix = isNested ? style.nestedSuffix(value) : "";
  if (Array.isArray(value)) return printArray(value, style, level) + suffix;
  const entries = Object.entries(value);
  if (entries.length === 0) return style.emptyObject + suffix;
  const lines = entries.map(([name, item]) => `${style.key(name)}${printLiteral(item, style, level + 1, true)}`);
  return block(style.object, lines, style, level) + suffix;
}

function printArray(items: unknown[], style: LiteralStyle, level: number): string {
  const [open, close] = style.array;
  const isFlat = items.every((item) => typeof item !== "object" || item === null);
  if (isFlat) return `${open}${items.map((item) => printLiteral(item, style)).join(", ")}${close}`;
  const lines = items.map((item) => printLiteral(item, style, level + 1, true));
  return block(style.array, lines, style, level);
}

function block([open, close]: [string, string], lines: string[], style: LiteralStyle, level: number): string {
  const inner = `\n${style.indent.repeat(level + 1)}`;
  const end = `${style.trailingComma ? "," : ""}\n${style.indent.repeat(level)}`;
  return `${open}${inner}${lines.join(`,${inner}`)}${end}${close}`;
}
