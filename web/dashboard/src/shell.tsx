import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, Outlet, useLocation, useNavigate, useRouter } from "@tanstack/react-router";
import { ChevronDown, Menu as MenuIcon } from "lucide-react";
import { useState } from "react";
import { send } from "./api/client.ts";
import { sessionQuery, type Session } from "./api/session.ts";
import { TimeZoneProvider, useTimeZone } from "./instants.tsx";
import { Palette, type PageTarget } from "./palette.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { useTenant } from "./tenant.ts";
import { Menu, MenuItem, MenuNote } from "./ui/menu.tsx";

type Section = {
  path: string;
  title: string;
  isOfTestMode?: boolean;
  /** Pages that are reached from this one. */ below?: PageTarget[];
};

const sections: Section[] = [
  { path: "", title: "Home" },
  { path: "/customers", title: "Customers" },
  { path: "/subscriptions", title: "Subscriptions" },
  { path: "/invoices", title: "Invoices" },
  { path: "/payments", title: "Payments" },
  { path: "/events", title: "Events", below: [{ title: "Rejected events", to: "/rejected-events" }] },
  { path: "/plans", title: "Plans" },
  { path: "/meters", title: "Meters" },
  { path: "/mails", title: "Emails" },
  { path: "/test-clocks", title: "Test clocks", isOfTestMode: true },
  { path: "/developers", title: "Developers", below: [{ title: "Request log", to: "/request-log" }] },
  { path: "/audit-log", title: "Audit log" },
  { path: "/settings", title: "Settings" },
];

const sectionsOf = (mode: string) => sections.filter(({ isOfTestMode }) => !isOfTestMode || mode === "test");

/** What stands around every page: where one is, where one can go, and loudly, whether the money is real. */
export function Shell() {
  const { mode } = useTenant();
  const { data: session } = useQuery(sessionQuery);
  const [isMenuShown, setIsMenuShown] = useState(false);
  const { pathname } = useLocation();
  if (session === undefined) return null;
  return (
    <div className="min-h-dvh">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded focus:bg-raised focus:p-2"
      >
        Skip to the content
      </a>
      <header
        className={`sticky top-0 z-10 border-b ${mode === "test" ? "border-warn bg-warn-soft" : "border-line bg-raised"}`}
      >
        <div className="flex min-h-[calc(--spacing(13)-1px)] flex-wrap items-center gap-x-2 gap-y-2 px-3 py-1 sm:gap-x-3 sm:px-4">
          <button
            type="button"
            aria-label="Pages"
            aria-expanded={isMenuShown}
            onClick={() => setIsMenuShown(!isMenuShown)}
            className="inline-flex min-h-8 min-w-8 items-center justify-center rounded-md border border-edge bg-raised md:hidden"
          >
            <MenuIcon size={16} aria-hidden />
          </button>
          <Link to="/" className={`font-semibold text-accent ${mode === "test" ? "max-sm:hidden" : ""}`}>
            Afternoon
          </Link>
          {mode === "test" && (
            <strong className="text-warn">
              Test mode<span className="max-sm:hidden">: no real money moves</span>
            </strong>
          )}
          <div className="ml-auto flex items-center gap-2">
            <Palette
              pages={[
                ...sectionsOf(mode).map(({ path, title }) => ({ to: path, title })),
                ...sections.flatMap(({ below = [] }) => below),
              ]}
            />
            <Shortcuts titleOf={(path) => sections.find((section) => section.path === path)?.title ?? path} />
            <ModeSwitch />
            <MemberMenu session={session} />
          </div>
        </div>
      </header>
      {isMenuShown && (
        <div aria-hidden onClick={() => setIsMenuShown(false)} className="fixed inset-0 z-[5] bg-black/50 md:hidden" />
      )}
      <div className="md:flex">
        <nav
          aria-label="Main"
          onKeyDown={({ key }) => key === "Escape" && setIsMenuShown(false)}
          className={`${isMenuShown ? "block" : "hidden"} border-b border-line bg-raised p-2 max-md:fixed max-md:inset-x-0 max-md:top-13 max-md:z-10 max-md:max-h-[calc(100dvh-3.25rem)] max-md:overflow-y-auto md:sticky md:top-13 md:block md:h-[calc(100dvh-3.25rem)] md:w-48 md:shrink-0 md:overflow-y-auto md:border-r md:border-b-0`}
        >
          <Sections pathname={pathname} onGo={() => setIsMenuShown(false)} />
        </nav>
        <main id="content" className="min-w-0 flex-1">
          <TimeZoneProvider>
            <Outlet />
            <ZoneNote />
          </TimeZoneProvider>
        </main>
      </div>
    </div>
  );
}

function ZoneNote() {
  const zone = useTimeZone();
  return (
    <p className="px-6 pb-6 text-center text-xs text-muted">
      All times are {zone}.{zone !== "UTC" && " Billing periods and the months of figures are UTC."}
      <span className="hidden md:inline"> Press ? for the keys.</span>
    </p>
  );
}

function Sections({ pathname, onGo }: { pathname: string; onGo: () => void }) {
  const { companyId, mode } = useTenant();
  const base = `/${companyId}/${mode}`;
  return (
    <ul className="flex flex-col gap-0.5">
      {sectionsOf(mode).map(({ path, title, below = [] }) => {
        const isHere =
          path === ""
            ? pathname.replace(/\/$/, "") === base
            : [path, ...below.map(({ to }) => to)].some((each) => pathname.startsWith(base + each));
        return (
          <li key={path}>
            <Link
              to={base + path}
              onClick={onGo}
              {...(isHere ? { "aria-current": "page" as const } : {})}
              className={`block rounded-md px-3 py-1.5 ${isHere ? "bg-accent-soft font-medium text-accent" : "hover:bg-sunken"}`}
            >
              {title}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}

/** The same list in the other mode; one customer's page has no twin there. */
function ModeSwitch() {
  const { companyId, mode } = useTenant();
  const { pathname } = useLocation();
  const section = pathname.split("/")[3] ?? "";
  return (
    <div role="group" aria-label="Mode" className="flex rounded-md border border-edge bg-raised p-0.5">
      {(["live", "test"] as const).map((each) => (
        <Link
          key={each}
          to={`/${companyId}/${each}${section === "test-clocks" || section === "" ? "" : `/${section}`}`}
          {...(each === mode ? { "aria-current": "true" as const } : {})}
          className={`rounded px-2 py-0.5 ${each === mode ? (mode === "test" ? "bg-warn font-medium text-raised" : "bg-accent-soft font-medium text-accent") : "text-muted hover:text-ink"}`}
        >
          {each === "live" ? "Live" : "Test"}
        </Link>
      ))}
    </div>
  );
}

function MemberMenu({ session }: { session: Session }) {
  const { companyId, mode } = useTenant();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const router = useRouter();
  const company = session.companies.find(({ id }) => id === companyId);
  const others = session.companies.filter(({ id }) => id !== companyId);
  const signOut = async () => {
    await send({ method: "POST", path: "/v1/auth/sign-out" }, null);
    queries.clear();
    await router.navigate({ to: "/sign-in" });
  };
  return (
    <Menu
      label={`${company?.name ?? ""}: company and account`}
      trigger={
        <>
          <span className="max-w-16 truncate sm:max-w-48">{company?.name}</span>
          <ChevronDown size={14} aria-hidden />
        </>
      }
    >
      <MenuNote>
        {session.member.name} · {company?.role}
        <br />
        {session.member.email}
      </MenuNote>
      {others.map(({ id, name }) => (
        <MenuItem key={id} onSelect={() => void navigate({ to: `/${id}/${mode}` })}>
          {name}
        </MenuItem>
      ))}
      <MenuItem onSelect={() => void signOut()}>Sign out</MenuItem>
    </Menu>
  );
}
