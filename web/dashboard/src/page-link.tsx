import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Search } from "./search-state.ts";
import { useTenant } from "./tenant.ts";

/** A link to a page of the same company and mode: `<PageLink to="/customers">`. */
export function PageLink(props: {
  to: string;
  search?: Search;
  className?: string;
  title?: string;
  children: ReactNode;
}) {
  const { companyId, mode } = useTenant();
  return (
    <Link
      to={`/${companyId}/${mode}${props.to}`}
      search={props.search ?? {}}
      title={props.title}
      className={props.className ?? "text-accent hover:underline underline-offset-2"}
    >
      {props.children}
    </Link>
  );
}

/** The same within a sentence, where colour alone would not tell it from the words around. */
export function TextLink({ to, children }: { to: string; children: ReactNode }) {
  return (
    <PageLink to={to} className="text-accent underline underline-offset-2">
      {children}
    </PageLink>
  );
}
