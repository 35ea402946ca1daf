import { useEffect, useState, type KeyboardEvent } from "react";

export type Found = { key: string; title: string; note?: string };

type FinderProps<Target extends Found> = {
  label: string;
  placeholder: string;
  /** What is found by the text so far; pending while all after the first `sure` ones are still those of other letters. */
  useFound: (text: string) => { found: Target[]; sure: number; isPending: boolean };
  nothing: string;
  onPick: (target: Target) => void;
};

/** Finds something by a few letters: arrows and Enter, or a click, pick it. */
export function Finder<Target extends Found>({ label, placeholder, useFound, nothing, onPick }: FinderProps<Target>) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [isGoing, setIsGoing] = useState(false);
  const { found, sure, isPending } = useFound(text.trim());
  const pick = (target: Target | undefined) => target && onPick(target);
  useEffect(() => {
    if (isGoing && !isPending) pick(found[at]);
    setIsGoing(isGoing && isPending);
  }, [isGoing, isPending]);
  const move = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      // Inside a form it would send that.
      event.preventDefault();
      // Of those who were found by other letters none is meant.
      if (isPending && at >= sure) setIsGoing(true);
      else pick(found[at]);
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt((at + step + found.length) % Math.max(1, found.length));
  };
  return (
    <div className="flex flex-col gap-2">
      <input
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-controls="found"
        aria-activedescendant={found.length === 0 ? undefined : `found-${at}`}
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it was opened to type into
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={move}
        placeholder={placeholder}
        className="min-h-9 w-full rounded-md border border-field bg-raised px-2.5"
      />
      <ul id="found" role="listbox" aria-label="Found" className="flex max-h-80 flex-col overflow-y-auto">
        {found.map((target, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the input above has the keys
          <li
            key={target.key}
            id={`found-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => pick(target)}
            className={`flex cursor-pointer items-baseline justify-between gap-4 rounded px-2 py-1.5 ${index === at ? "bg-accent-soft text-accent" : ""}`}
          >
            <span className="min-w-0 truncate">{target.title}</span>{" "}
            {target.note && <span className="truncate text-xs text-muted">{target.note}</span>}
          </li>
        ))}
      </ul>
      <p role="status" className="text-muted empty:hidden">
        {isPending && "Searching …"}
        {!isPending && found.length === 0 && nothing}
      </p>
    </div>
  );
}
