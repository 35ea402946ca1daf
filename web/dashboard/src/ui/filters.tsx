import { useEffect, useRef, useState } from "react";
import { useRested } from "../rested.ts";
import { useSearchState } from "../search-state.ts";

const box = "min-h-8 rounded-md border border-field bg-raised px-2 placeholder:text-muted";

/** One of a few values in the address. */
export function Filter(props: { name: string; label: string; options: readonly (readonly [string, string])[] }) {
  const [search, change] = useSearchState();
  return (
    <select
      aria-label={props.label}
      value={search[props.name] ?? ""}
      onChange={(event) => change({ [props.name]: event.target.value || undefined })}
      className={box}
    >
      <option value="">{props.label}: all</option>
      {props.options.map(([value, text]) => (
        <option key={value} value={value}>
          {text}
        </option>
      ))}
    </select>
  );
}

/** A text in the address, taken over when it is entered or left. */
export function TextFilter({ name, label }: { name: string; label: string }) {
  const [search, change] = useSearchState();
  const value = search[name] ?? "";
  const take = (text: string) => {
    if (text.trim() !== value) change({ [name]: text.trim() || undefined });
  };
  return (
    <input
      key={value}
      aria-label={label}
      placeholder={label}
      defaultValue={value}
      onBlur={(event) => take(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && take(event.currentTarget.value)}
      className={`${box} w-full sm:w-52`}
    />
  );
}

/** A text in the address that is looked for while it is typed. */
export function SearchField({ name, label }: { name: string; label: string }) {
  const [search, change] = useSearchState();
  const value = search[name] ?? "";
  const [text, setText] = useState(value);
  const rested = useRested(text).trim();
  const taken = useRef(value);
  useEffect(() => {
    if (rested === taken.current) return;
    taken.current = rested;
    change({ [name]: rested || undefined }, true);
  }, [rested]);
  useEffect(() => {
    // Somebody went back, or followed a link.
    if (value === taken.current) return;
    taken.current = value;
    setText(value);
  }, [value]);
  return (
    <search className="max-sm:w-full">
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        onChange={(event) => setText(event.target.value)}
        className={`${box} w-full sm:w-64`}
      />
    </search>
  );
}
