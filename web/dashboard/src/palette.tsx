import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { CustomerListResponse } from "../../../sdk/src/generated/types.ts";
import { useRead } from "./api/use-api.ts";
import { nameOf } from "./customers/customer-name.ts";
import { useRested } from "./rested.ts";
import { useTenant } from "./tenant.ts";
import { Dialog } from "./ui/dialog.tsx";

type Target = { title: string; note?: string; to: string };

/** Ctrl+K, or `/`: any page, or a customer, by a few letters. */
export function Palette({ pages }: { pages: Target[] }) {
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, textarea, select, dialog") !== null;
      const isAsked =
        (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) || (event.key === "/" && !isTyping);
      if (!isAsked) return;
      event.preventDefault();
      setIsOpen(true);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, []);
  return (
    <>
      <button
        type="button"
        onClick={() => setIsOpen(true)}
        className="hidden min-h-8 items-center gap-2 rounded-md border border-line bg-raised px-3 py-1 text-muted hover:bg-sunken sm:inline-flex"
      >
        Go to … <kbd className="rounded bg-sunken px-1 text-xs">Ctrl K</kbd>
      </button>
      <Dialog title="Go to" isOpen={isOpen} onOpenChange={setIsOpen}>
        <Finder pages={pages} onDone={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

function Finder({ pages, onDone }: { pages: Target[]; onDone: () => void }) {
  const { companyId, mode } = useTenant();
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const wanted = text.trim().toLowerCase();
  const { customers, isPending } = useCustomers(text.trim());
  const [isGoing, setIsGoing] = useState(false);
  const onPages = pages.filter(({ title }) => title.toLowerCase().includes(wanted));
  const found = [
    ...onPages,
    ...customers.map((customer): Target => ({
      title: nameOf(customer),
      note: ["Customer", customer.external_id ?? customer.email].filter(Boolean).join(" · "),
      to: `/customers/${customer.id}`,
    })),
  ].slice(0, 12);
  const go = (target: Target | undefined) => {
    if (target === undefined) return;
    onDone();
    void navigate({ to: `/${companyId}/${mode}${target.to}` });
  };
  useEffect(() => {
    if (isGoing && !isPending) go(found[at]);
    setIsGoing(isGoing && isPending);
  }, [isGoing, isPending]);
  const move = (event: KeyboardEvent) => {
    // Of customers who were found by other letters none is meant.
    if (event.key === "Enter" && isPending && at >= onPages.length) setIsGoing(true);
    else if (event.key === "Enter") go(found[at]);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setAt((at + step + found.length) % Math.max(1, found.length));
  };
  return (
    <div className="flex flex-col gap-2">
      <input
        role="combobox"
        aria-label="Page or customer"
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
        placeholder="A page, or a customer's name or id"
        className="min-h-9 w-full rounded-md border border-field bg-raised px-2.5"
      />
      <ul ref={list} id="found" role="listbox" aria-label="Found" className="flex max-h-80 flex-col overflow-y-auto">
        {found.map((target, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the input above has the keys
          <li
            key={target.to}
            id={`found-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => go(target)}
            className={`cursor-pointer rounded px-2 py-1.5 ${index === at ? "bg-accent-soft text-accent" : ""}`}
          >
            {target.title} {target.note && <span className="text-xs text-muted">{target.note}</span>}
          </li>
        ))}
      </ul>
      <p role="status" className="text-muted">
        {isPending && "Searching …"}
        {!isPending &&
          found.length === 0 &&
          "Nothing found. Customers are found by how words of their name, e-mail or id begin."}
      </p>
    </div>
  );
}

const fewest = 2;

/** Customers who are found by `text`; pending while those are still the ones of other letters. */
function useCustomers(text: string) {
  const rested = useRested(text);
  const isOn = text.length >= fewest;
  const query = { search: rested, limit: 10 };
  const isReady = isOn && rested === text;
  const { data, isPlaceholderData, isLoading } = useRead<CustomerListResponse>("/v1/customers", query, {
    isOn: isReady,
  });
  const isPending = isOn && (!isReady || isPlaceholderData || isLoading);
  return { customers: isOn ? (data?.customers ?? []) : [], isPending };
}
