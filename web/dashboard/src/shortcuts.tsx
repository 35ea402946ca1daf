import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTenant } from "./tenant.ts";
import { Dialog } from "./ui/dialog.tsx";

/** `g`, then a letter: the page that begins with it, or the letter nearest to it that is free. */
const pageLetters: Record<string, string> = {
  h: "",
  c: "/customers",
  s: "/subscriptions",
  i: "/invoices",
  p: "/payments",
  e: "/events",
  l: "/plans",
  m: "/meters",
  d: "/developers",
  a: "/audit-log",
};

const secondKeyMs = 1_500;

type ShortcutsProps = { titleOf: (path: string) => string };

/** Keys that work wherever nobody is typing; `?` shows them. Ctrl+K and `/` are the palette's. */
export function Shortcuts({ titleOf }: ShortcutsProps) {
  const { companyId, mode } = useTenant();
  const navigate = useNavigate();
  const [isShown, setIsShown] = useState(false);
  const wentAt = useRef(0);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTaken(event.target)) return;
      const isSecond = event.timeStamp - wentAt.current < secondKeyMs && wentAt.current !== 0;
      wentAt.current = event.key === "g" ? event.timeStamp : 0;
      const path = isSecond ? pageLetters[event.key] : undefined;
      if (path !== undefined) void navigate({ to: `/${companyId}/${mode}${path}` });
      if (event.key === "?") setIsShown(true);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [companyId, mode, navigate]);
  return (
    <Dialog title="Keys" isOpen={isShown} onOpenChange={setIsShown}>
      <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-4 gap-y-1.5">
        <Key keys={["Ctrl K", "/"]}>Go to a page or a customer</Key>
        {Object.entries(pageLetters).map(([letter, path]) => (
          <Key key={letter} keys={[`g ${letter}`]}>
            {titleOf(path)}
          </Key>
        ))}
        <Key keys={["Esc"]}>Close what is open</Key>
        <Key keys={["?"]}>These keys</Key>
      </dl>
    </Dialog>
  );
}

/** Whether keys mean something else there: in what is typed into, and while a dialog or a menu is open. */
function isTaken(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [role=dialog], [role=menu]") !== null;
}

function Key({ keys, children }: { keys: string[]; children: ReactNode }) {
  return (
    <>
      <dt className="whitespace-nowrap">
        {keys.map((key, index) => (
          <span key={key}>
            {index > 0 && <span className="text-muted"> or </span>}
            {key.split(" ").map((each) => (
              <kbd key={each} className="mr-1 rounded border border-line bg-sunken px-1.5 py-0.5 font-mono text-xs">
                {each}
              </kbd>
            ))}
          </span>
        ))}
      </dt>
      <dd>{children}</dd>
    </>
  );
}
