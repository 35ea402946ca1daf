import { QueryCache, QueryClient } from "@tanstack/react-query";
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { RefusedError } from "./api/client.ts";
import { sessionQuery, type Session } from "./api/session.ts";
import { parseSearch, stringifySearch } from "./search-state.ts";
import { Shell } from "./shell.tsx";
import { Failed, NotFound } from "./wrong.tsx";

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // A session that ended while a page was open. Where there was none, the route that looks for it knows what to do.
      const wasSignedIn = queryClient.getQueryData(sessionQuery.queryKey) !== undefined;
      if (error instanceof RefusedError && error.status === 401 && wasSignedIn && !isSigningIn()) {
        queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
        void router.invalidate();
      }
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused it refuses again; only silence may pass.
      retry: (failures, error) => failures < 2 && !(error instanceof RefusedError && error.status < 500),
    },
  },
});

const isSigningIn = () => /^\/(?:sign-in|setup|accept|forgot|reset)$/.test(router.state.location.pathname);

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Failed });

const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./access/sign-in-page.tsx"), "SignInPage"),
});

const setUp = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("./access/token-pages.tsx"), "SetUpPage"),
});

const accept = createRoute({
  getParentRoute: () => rootRoute,
  path: "/accept",
  component: lazyRouteComponent(() => import("./access/token-pages.tsx"), "AcceptPage"),
});

const forgot = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot",
  component: lazyRouteComponent(() => import("./access/token-pages.tsx"), "ForgotPage"),
});

const reset = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset",
  component: lazyRouteComponent(() => import("./access/token-pages.tsx"), "ResetPage"),
});

async function requireSession(href: string): Promise<Session> {
  try {
    return await queryClient.ensureQueryData(sessionQuery);
  } catch (error) {
    if (error instanceof RefusedError && error.status === 401)
      throw redirect({ to: "/sign-in", search: { back: href }, replace: true });
    throw error;
  }
}

const start = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  beforeLoad: async ({ location }) => {
    const [company] = (await requireSession(location.href)).companies;
    if (company !== undefined) throw redirect({ to: `/${company.id}/live`, replace: true });
  },
  component: lazyRouteComponent(() => import("./access/no-company-page.tsx"), "NoCompanyPage"),
});

const shell = createRoute({
  getParentRoute: () => rootRoute,
  path: "/$companyId/$mode",
  beforeLoad: async ({ params, location }) => {
    const { companies } = await requireSession(location.href);
    const isKnown = companies.some(({ id }) => id === params.companyId) && /^(?:live|test)$/.test(params.mode);
    if (!isKnown) throw redirect({ to: "/", replace: true });
  },
  component: Shell,
  notFoundComponent: NotFound,
});

type PageModule<Name extends string> = Record<Name, () => React.ReactNode>;

/** A page inside the shell; its code is fetched when it is first opened. */
function page<Name extends string>(path: string, load: () => Promise<PageModule<Name>>, name: Name) {
  return createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(load, name) });
}

const pages = [
  page("/", () => import("./home/home-page.tsx"), "HomePage"),
  page("/subscriptions", () => import("./subscriptions/subscriptions-page.tsx"), "SubscriptionsPage"),
  page("/invoices", () => import("./invoices/invoices-page.tsx"), "InvoicesPage"),
  page("/invoices/$invoiceId", () => import("./invoices/invoice-page.tsx"), "InvoicePage"),
  page("/payments", () => import("./payments/payments-page.tsx"), "PaymentsPage"),
  page("/events", () => import("./events/events-page.tsx"), "EventsPage"),
  page("/events/$eventId", () => import("./events/event-page.tsx"), "EventPage"),
  page("/rejected-events", () => import("./events/rejected-events-page.tsx"), "RejectedEventsPage"),
  page("/plans", () => import("./catalog/plans-page.tsx"), "PlansPage"),
  page("/plans/$planCode", () => import("./catalog/plan-page.tsx"), "PlanPage"),
  page("/plans/$planCode/new-version", () => import("./catalog/new-version-page.tsx"), "NewVersionPage"),
  page("/meters", () => import("./catalog/meters-page.tsx"), "MetersPage"),
  page("/mails", () => import("./mails/mails-page.tsx"), "MailsPage"),
  page("/test-clocks", () => import("./clocks/test-clocks-page.tsx"), "TestClocksPage"),
  page("/developers", () => import("./developers/developers-page.tsx"), "DevelopersPage"),
  page("/audit-log", () => import("./logs/audit-log-page.tsx"), "AuditLogPage"),
  page("/request-log", () => import("./logs/request-log-page.tsx"), "RequestLogPage"),
  page("/settings", () => import("./settings/settings-page.tsx"), "SettingsPage"),
  page("/customers", () => import("./customers/customers-page.tsx"), "CustomersPage"),
  page("/customers/$customerId", () => import("./customers/customer-page.tsx"), "CustomerPage"),
];

export const router = createRouter({
  routeTree: rootRoute.addChildren([signIn, setUp, accept, forgot, reset, start, shell.addChildren(pages)]),
  basepath: "/dashboard",
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
  defaultPreload: "intent",
});
