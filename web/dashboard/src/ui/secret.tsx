import { useState } from "react";
import { Button } from "./button.tsx";

const look = "min-w-0 flex-1 rounded-md bg-sunken px-2 py-1.5 font-mono text-xs max-sm:basis-full";

/** A text to take away, such as a link or a key, with a button that copies it. */
export function Copyable({ label, text }: { label: string; text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
  };
  return (
    <div className="flex flex-wrap items-start gap-2">
      {text.includes("\n") ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keyboard
        <code aria-label={label} role="group" tabIndex={0} className={`${look} overflow-x-auto whitespace-pre`}>
          {text}
        </code>
      ) : (
        <code aria-label={label} className={`${look} break-all`}>
          {text}
        </code>
      )}
      {/* Where the page is not served securely a browser gives no clipboard: the text can be selected still. */}
      {globalThis.isSecureContext && <Button onClick={() => void copy()}>{isCopied ? "Copied" : "Copy"}</Button>}
    </div>
  );
}
