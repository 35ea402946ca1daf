import { decimal } from "../../core/decimal.ts";
import { ConflictError, type AfternoonClient, type ErrorCode, type WalletBalance } from "../../sdk/src/index.ts";
import { meters, plans, pricingUnit } from "./catalog.ts";
import { customers, type DemoCustomer, type DemoGrant } from "./customers.ts";

/** A customer of the demo as the server has them, with what has happened to them since the demo began. */
export type Account = {
  customer: DemoCustomer;
  customerId: string;
  subscriptionId: string;
  balances: WalletBalance[];
  charged: number;
  rejected: number;
};

/** `abandon` ends a call in flight, also one that waits for the rate limit. */
export type Server = { client: AfternoonClient; abandon: AbortSignal; now: () => Date };

export type Filled = { accounts: Account[]; created: { catalog: number; customers: number; grants: number } };

/**
 * Brings the catalog, the customers, their subscriptions and their credits to the server, and keeps whatever of them is there
 * already. Paid credits that are nearly used up are bought again, so that another run has something to draw from.
 */
export async function fill(server: Server): Promise<Filled> {
  const created = { catalog: await createCatalog(server), customers: 0, grants: 0 };
  const accounts: Account[] = [];
  for (const customer of customers) {
    const { customerId, isNew } = await findOrCreateCustomer(server, customer);
    const subscriptionId = await findOrCreateSubscription(server, customerId, customer);
    const grants = await grantWhatIsMissing(server, customerId, subscriptionId, customer.grants);
    created.customers += isNew ? 1 : 0;
    created.grants += grants;
    const account = { customer, customerId, subscriptionId, balances: [], charged: 0, rejected: 0 };
    accounts.push({ ...account, balances: await readBalances(server, customerId) });
  }
  return { accounts, created };
}

/** Meters and pricing units before the plans that name them. Returns how many things were new. */
async function createCatalog({ client, abandon: signal }: Server): Promise<number> {
  let created = 0;
  const keep = async (call: Promise<unknown>, exists: ErrorCode) =>
    void (created += (await isCreated(call, exists)) ? 1 : 0);
  await keep(client.pricingUnits.create(pricingUnit, { signal }), "PRICING_UNIT_EXISTS");
  for (const meter of meters) await keep(client.meters.create(meter, { signal }), "METER_EXISTS");
  for (const plan of plans) await keep(client.plans.create(plan, { signal }), "PLAN_EXISTS");
  return created;
}

async function isCreated(call: Promise<unknown>, exists: ErrorCode): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof ConflictError && error.code === exists) return false;
    throw error;
  }
}

async function findOrCreateCustomer(
  { client, abandon: signal }: Server,
  { name, externalId, timezone, country }: DemoCustomer,
): Promise<{ customerId: string; isNew: boolean }> {
  const { customers: found } = await client.customers.search({ external_id: externalId }, { signal });
  if (found[0] !== undefined) return { customerId: found[0].id, isNew: false };
  const domain = externalId.replace(/^cus_/, "").replaceAll("_", "-");
  const { customer } = await client.customers.create(
    {
      name,
      external_id: externalId,
      email: `billing@${domain}.example`,
      timezone,
      billing_address: { country },
      currency_code: "usd",
    },
    { signal },
  );
  return { customerId: customer.id, isNew: true };
}

async function findOrCreateSubscription(server: Server, customerId: string, { plan }: DemoCustomer): Promise<string> {
  const { client, abandon: signal } = server;
  for await (const { id, plan_code, status } of client.subscriptions.list({ customer_id: customerId }, { signal })) {
    if (plan_code === plan && status === "active") return id;
  }
  const { subscription } = await client.subscriptions.create(
    { customer_id: customerId, plan_code: plan, start_date: startDay(server.now()), initial_status: "active" },
    { signal },
  );
  return subscription.id;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** The first of the month, so that the first period is a whole one; of last month while it may not be the first everywhere yet. */
function startDay(now: Date): string {
  return `${new Date(now.getTime() - 2 * dayMs).toISOString().slice(0, 7)}-01`;
}

/** A grant is known by its name. Returns how many were made. */
async function grantWhatIsMissing(
  server: Server,
  customerId: string,
  subscriptionId: string,
  grants: DemoGrant[],
): Promise<number> {
  const known = new Set<string>();
  for await (const { name } of server.client.customers.creditGrants.list(customerId, {}, { signal: server.abandon })) {
    known.add(name);
  }
  const balances = await readBalances(server, customerId);
  const due = grants.filter(
    (grant) => !known.has(grant.name) || (grant.kind === "paid" && isNearlyUsedUp(grant, balances)),
  );
  for (const grant of due) await giveGrant(server, subscriptionId, grant);
  return due.length;
}

/** Whether less than a tenth of `grant` is left in the wallet that it goes into. */
function isNearlyUsedUp(grant: DemoGrant, balances: WalletBalance[]): boolean {
  const wallet = balances.find(
    ({ pricing_unit_code, currency_code }) =>
      pricing_unit_code === grant.pricing_unit_code && currency_code === grant.currency_code,
  );
  return wallet === undefined || decimal(wallet.balance).times(decimal("10")).isLessThan(decimal(grant.amount));
}

export async function giveGrant(
  { client, abandon: signal, now }: Server,
  subscriptionId: string,
  grant: DemoGrant,
): Promise<void> {
  const { expiresInDays, ...fields } = grant;
  const expiresAt = expiresInDays === null ? null : new Date(now().getTime() + expiresInDays * dayMs).toISOString();
  await client.subscriptions.creditGrants.create(subscriptionId, { ...fields, expires_at: expiresAt }, { signal });
}

export async function readBalances({ client, abandon: signal }: Server, customerId: string): Promise<WalletBalance[]> {
  return (await client.customers.listBalances(customerId, {}, { signal })).balances;
}
