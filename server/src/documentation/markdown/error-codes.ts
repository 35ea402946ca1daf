import { STATUS_CODES } from "node:http";
import { errors } from "../../../../core/errors.ts";

/** The one table of errors as Markdown: every code with its meaning, status by status. */
export function errorCodesMarkdown(): string {
  return errorsByStatus()
    .map(({ status, codes }) => {
      const rows = codes.map(({ code, message }) => `| \`${code}\` | ${message.replaceAll("|", String.raw`\|`)} |`);
      return [`### ${statusTitle(status)}`, "", "| Code | What it means |", "| --- | --- |", ...rows].join("\n");
    })
    .join("\n\n");
}

type ListedError = { code: string; message: string };

function errorsByStatus(): { status: number; codes: ListedError[] }[] {
  const byStatus = new Map<number, ListedError[]>();
  for (const [code, { status, message }] of Object.entries(errors)) {
    byStatus.set(status, [...(byStatus.get(status) ?? []), { code, message }]);
  }
  return [...byStatus].toSorted(([a], [b]) => a - b).map(([status, codes]) => ({ status, codes }));
}

/** Example: 409 → "409 Conflict". */
export function statusTitle(status: number): string {
  return `${status} ${STATUS_CODES[status] ?? ""}`.trim();
}
