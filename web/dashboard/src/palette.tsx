import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { howCustomersAreFound, useFoundCustomers } from "./customers/found-customers.ts";
import { useTenant } from "./tenant.ts";
import { Dialog } from "./ui/dialog.tsx";
import { Finder, type Found } from "./ui/finder.tsx";

export type PageTarget = { title: string; to: string };
type Target = Found & { to: string };

/** Ctrl+K, or `/`: any page, or a customer, by a few letters. */
export function Palette({ pages }: { pages: PageTarget[] }) {
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
        className="inline-flex min-h-8 items-center justify-center gap-2 rounded-md border border-edge bg-raised px-2 py-1 text-muted hover:bg-sunken sm:px-3"
      >
        <Search size={16} aria-hidden className="sm:hidden" />
        <span className="max-sm:sr-only">Go to …</span>
        <kbd className="rounded bg-sunken px-1 text-xs max-sm:hidden">Ctrl K</kbd>
      </button>
      <Dialog title="Go to" isOpen={isOpen} onOpenChange={setIsOpen}>
        <Targets pages={pages} onDone={() => setIsOpen(false)} />
      </Dialog>
    </>
  );
}

const mostShown = 12;

function Targets({ pages, onDone }: { pages: PageTarget[]; onDone: () => void }) {
  const { companyId, mode } = useTenant();
  const navigate = useNavigate();
  const useFound = (text: string) => {
    const { customers, isPending } = useFoundCustomers(text);
    const wanted = text.toLowerCase();
    const onPages = pages.filter(({ title }) => title.toLowerCase().includes(wanted));
    const found: Target[] = [
      ...onPages.map((page) => ({ ...page, key: page.to })),
      ...customers.map(({ key, title, note }) => ({
        key,
        title,
        note: ["Customer", note].filter(Boolean).join(" · "),
        to: `/customers/${key}`,
      })),
    ];
    return { found: found.slice(0, mostShown), sure: onPages.length, isPending };
  };
  return (
    <Finder
      label="Page or customer"
      placeholder="A page, or a customer's name or id"
      nothing={`Nothing found. ${howCustomersAreFound}`}
      useFound={useFound}
      onPick={({ to }) => {
        onDone();
        void navigate({ to: `/${companyId}/${mode}${to}` });
      }}
    />
  );
}
