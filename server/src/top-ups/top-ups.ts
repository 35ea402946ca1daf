import { denominationKey } from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import { requirePricingUnit } from "../catalog/catalog.ts";
import { customerKey, getCustomer, lockCustomer, lockCustomers, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toDenomination } from "../http/denomination.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { InvoiceSequel } from "../invoicing/invoicing.ts";
import type { Database, Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { findCustomersToTopUp, giveGrant, saveWallets, walletIn, watchForTopUp } from "../wallets/wallets.ts";
import { recordOccurrences } from "../webhooks/webhooks.ts";
import { denominationOf, openAccount, type Account } from "./account.ts";
import { buy } from "./purchase.ts";
import { applyRule, turnOff } from "./rules.ts";
import { presentTopUp, statusOf, type TopUpFields, type TopUpRow, type TopUpRuleInState } from "./schema.ts";
import * as rows from "./sql.ts";

const customersAtATime = 100;

export type TopUpRun = { customers: number; failures: { key: CustomerKey; error: unknown }[] };

/**
 * Looks at the wallets that have fallen below their rule's threshold, and makes the top-ups that are due, customer by customer, each in
 * a transaction of its own. Safe to run in several processes at once: whoever comes second to a customer finds nothing left to do.
 */
export async function makeDueTopUps(database: Database, now: Date): Promise<TopUpRun> {
  const run: TopUpRun = { customers: 0, failures: [] };
  for (let after: CustomerKey | null = null; ;) {
    const page: CustomerKey[] = await findCustomersToTopUp(database, now, { after, limit: customersAtATime });
    for (const key of page) {
      try {
        await database.transaction((tx) => topUpCustomer(tx, key, now));
        run.customers += 1;
      } catch (error) {
        run.failures.push({ key, error });
      }
    }
    after = page.at(-1) ?? null;
    if (page.length < customersAtATime) return run;
  }
}

/** Makes the top-ups that are due for one customer, in a transaction of its own. */
export async function makeTopUpsOf(database: Database, key: CustomerKey, now: Date): Promise<void> {
  await database.transaction((tx) => topUpCustomer(tx, key, now));
}

async function topUpCustomer(tx: Transaction, key: CustomerKey, now: Date): Promise<void> {
  const [locked] = await lockCustomers(tx, [key]);
  if (locked === undefined) return;
  const account = await openAccount(tx, key, now);
  for (const rule of await rows.findRules(tx, key)) {
    const open = account.wallets.wallets.get(denominationKey(denominationOf(rule)));
    const dueAt = open?.watch.topUpDueAt ?? null;
    if (dueAt !== null && dueAt <= now) await applyOrTurnOff(account, rule);
  }
  saveWallets(tx, [account.wallets], now);
}

/** A rule of which no invoice can be made would ask again and again, in vain. */
async function applyOrTurnOff(account: Account, rule: TopUpRuleInState): Promise<void> {
  try {
    await applyRule(account, rule);
  } catch (error) {
    if (!(error instanceof BillingError)) throw error;
    turnOff(account, rule, "not_invoiceable");
  }
}

/** A top-up that somebody asks for. @throws CUSTOMER_NOT_FOUND, PRICING_UNIT_NOT_FOUND, CONVERSION_MISSING, VALIDATION_ERROR */
export async function createTopUp(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  fields: TopUpFields,
  now: Date,
): Promise<TopUpRow> {
  const denomination = toDenomination(fields);
  if (denomination.accountType === "pricing_unit") await requirePricingUnit(tx, tenant, denomination.code);
  await lockCustomer(tx, tenant, customerId);
  const account = await openAccount(tx, customerKey(tenant, customerId), now);
  const { amount, credits_expire_after_days: creditsExpireAfterDays } = fields;
  const topUp = await buy(account, { denomination, amount, creditsExpireAfterDays, ruleId: null });
  saveWallets(tx, [account.wallets], now);
  return topUp;
}

/** Newest first. @throws CUSTOMER_NOT_FOUND */
export async function listTopUps(
  db: Queryable,
  tenant: Tenant,
  customerId: string,
  page: { after: string | null; limit: number },
): Promise<Page<TopUpRow>> {
  await getCustomer(db, tenant, customerId);
  const found = await rows.listTopUps(db, customerKey(tenant, customerId), { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.top_up_id);
}

/** Whether an invoice is of a top-up, of which nothing is delivered before it is paid. */
export async function isOfTopUp(db: Queryable, key: CustomerKey, invoiceId: string): Promise<boolean> {
  return (await rows.findTopUpOfInvoice(db, key, invoiceId)) !== null;
}

/** What becomes of a top-up as its invoice is paid, voided or given up; of any other invoice, nothing. */
export const followInvoice: InvoiceSequel = async (tx, key, invoice, now) => {
  const topUp = await rows.findTopUpOfInvoice(tx, key, invoice.invoice_id);
  if (topUp === null) return;
  // One that was uncollectible may be paid after all, and is then; one that has failed does not fail again.
  if (invoice.status !== "paid" && topUp.status === "failed") return;
  const account = await openAccount(tx, key, now);
  if (invoice.status === "paid") await giveCredits(account, topUp);
  else await fail(account, topUp);
  saveWallets(tx, [account.wallets], now);
};

const dayMs = 86_400_000;

async function giveCredits(account: Account, topUp: TopUpRow): Promise<void> {
  const { tx, key, now } = account;
  const days = topUp.credits_expire_after_days;
  const grantId = createId(now);
  const open = walletIn(account.wallets, denominationOf(topUp));
  const grant = {
    customer_id: key.customerId,
    credit_grant_id: grantId,
    subscription_id: null,
    account_type: topUp.account_type,
    code: topUp.code,
    name: "Top-up",
    amount: topUp.amount,
    kind: "paid" as const,
    priority: 0,
    // Taxed as they were bought: an invoice that they paid would have its customer taxed twice.
    applies_to: "usage" as const,
    effective_at: now,
    expires_at: days === null ? null : new Date(now.getTime() + days * dayMs),
    metadata: {},
    recurring_key: null,
    created_at: now,
  };
  giveGrant(open, grant, now);
  endTopUp(account, { ...topUp, status: "paid", credit_grant_id: grantId, ended_at: now });
  // Watched again, so that what was used meanwhile is seen as the wallet is stored.
  const rule = await rows.findRuleOf(tx, key, denominationOf(topUp));
  if (rule !== null && topUp.top_up_rule_id !== null && statusOf(rule) === "ready")
    watchForTopUp(open, rule.threshold, null);
}

async function fail(account: Account, topUp: TopUpRow): Promise<void> {
  const { tx, key, now } = account;
  endTopUp(account, { ...topUp, status: "failed", ended_at: now });
  if (topUp.top_up_rule_id === null) return;
  const rule = await rows.findRuleOf(tx, key, denominationOf(topUp));
  if (rule !== null && rule.is_on) turnOff(account, rule, "payment_failed");
}

function endTopUp({ tx, key, now }: Account, topUp: TopUpRow & { status: "paid" | "failed" }): void {
  rows.upsertTopUp(tx, key, topUp);
  recordOccurrences(tx, [{ key, type: `top_up.${topUp.status}`, data: { top_up: presentTopUp(topUp) } }], now);
}

/** Nothing is bought for the customer by itself any more. The caller holds the lock. */
export async function deleteTopUpRules(tx: Transaction, key: CustomerKey): Promise<void> {
  await rows.deleteRules(tx, key);
}
