import { LosslessNumber } from "lossless-json";

/** Data as it is, to be read and copied. */
export function Json({ value, label }: { value: unknown; label: string }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keyboard
    <pre
      tabIndex={0}
      role="group"
      aria-label={label}
      className="max-h-96 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs wrap-anywhere whitespace-pre-wrap"
    >
      {JSON.stringify(value, replaceExact, 2)}
    </pre>
  );
}

/** Numbers that no double holds are shown with all their digits. */
function replaceExact(_: string, value: unknown): unknown {
  return value instanceof LosslessNumber ? value.toString() : value;
}
