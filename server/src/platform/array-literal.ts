/**
 * `values` as the text of a PostgreSQL array; null where one of them is of a kind that this does not know. The driver's own
 * encoder looks at every text twice for something to escape, which in the arrays of a batch is a good part of its work.
 */
export function toArrayLiteral(values: readonly unknown[]): string | null {
  let literal = "";
  for (const value of values) {
    const element = toElement(value);
    if (element === null) return null;
    literal += literal === "" ? element : `,${element}`;
  }
  return `{${literal}}`;
}

function toElement(value: unknown): string | null {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "number":
    case "bigint":
    case "boolean":
      return String(value);
    default:
      if (value === null) return "NULL";
      if (value instanceof Date) return toInstant(value);
      return Buffer.isBuffer(value) ? `"\\\\x${value.toString("hex")}"` : null;
  }
}

function quote(text: string): string {
  const hasSpecial = text.includes('"') || text.includes("\\");
  return hasSpecial ? `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : `"${text}"`;
}

/** PostgreSQL reads an ISO instant, unless its year has a sign. */
function toInstant(instant: Date): string | null {
  // The rows of a batch are of one instant, the same object.
  if (instant !== lastInstant) {
    lastText = textOf(instant);
    lastInstant = instant;
  }
  return lastText;
}

let lastInstant: Date | null = null;
let lastText: string | null = null;

function textOf(instant: Date): string | null {
  const year = instant.getUTCFullYear();
  return year >= 1 && year <= 9_999 ? `"${instant.toISOString()}"` : null;
}
