import { BillingError } from "../../../core/errors.ts";
import type { Operation } from "../http/operation.ts";

export const roles = ["owner", "admin", "finance", "developer", "viewer"] as const;
export type Role = (typeof roles)[number];

const everybody: readonly Role[] = roles;
const running: readonly Role[] = ["owner", "admin"];
const money: readonly Role[] = ["owner", "admin", "finance"];
const technical: readonly Role[] = ["owner", "admin", "developer"];
const both: readonly Role[] = ["owner", "admin", "finance", "developer"];

type Rights = Partial<Record<Operation["method"], readonly Role[]>>;

const readBy = (writers: readonly Role[]): Rights => ({
  GET: everybody,
  POST: writers,
  PATCH: writers,
  DELETE: writers,
});

/** Who may do what, by the tag of an operation and its method. What is not here, nobody may. */
const rights: Record<string, Rights> = {
  events: readBy(technical),
  rejected_events: readBy(technical),
  customers: readBy(both),
  credit_grants: readBy(money),
  balance_alerts: readBy(both),
  top_ups: readBy(money),
  subscriptions: readBy(both),
  holds: readBy(both),
  invoices: readBy(money),
  discounts: readBy(money),
  tax_rates: readBy(money),
  "credit-notes": readBy(money),
  payments: readBy(money),
  // A link opens a customer's page with all that they can do there.
  hosted_pages: { POST: both },
  test_clocks: readBy(technical),
  pricing_units: readBy(technical),
  meters: readBy(technical),
  plans: readBy(both),
  mails: readBy(money),
  // Their answers hold secrets.
  webhook_endpoints: readBy(technical),
  webhook_events: readBy(technical),
  api_keys: { GET: technical, POST: technical },
  overview: { GET: everybody },
  company: { GET: everybody, PATCH: running },
  audit_log: { GET: running },
  request_log: { GET: technical },
  // The members; what a member does for themselves needs no role.
  dashboard: { GET: running, POST: running, PATCH: running, DELETE: running },
};

/** The roles that may do `operation`; none where the table does not say. */
export function rolesFor({ tag, method }: Pick<Operation, "tag" | "method">): readonly Role[] {
  return (Object.hasOwn(rights, tag.name) ? rights[tag.name]?.[method] : undefined) ?? [];
}

/** @throws FORBIDDEN, naming the roles that would do. */
export function requireRole(role: Role, needed: readonly Role[]): void {
  if (needed.includes(role)) return;
  const names = needed.length === 0 ? "no role" : needed.join(" or ");
  throw new BillingError("FORBIDDEN", { message: `Your role here is ${role}; this needs ${names}.` });
}
