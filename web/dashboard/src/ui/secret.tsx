import { useState } from "react";
import { Button } from "./button.tsx";

/** A text to take away, such as a link or a key, with a button that copies it. */
export function Copyable({ label, text }: { label: string; text: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setIsCopied(true);
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <code
        aria-label={label}
        className="min-w-0 flex-1 rounded-md bg-sunken px-2 py-1.5 font-mono text-xs break-all whitespace-pre-wrap"
      >
        {text}
      </code>
      {/* Where the page is not served securely a browser gives no clipboard: the text can be selected still. */}
      {globalThis.isSecureContext && <Button onClick={() => void copy()}>{isCopied ? "Copied" : "Copy"}</Button>}
    </div>
  );
}
