import { denominationKey } from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import { decideTopUp, topUpWindows } from "../../../core/top-up.ts";
import { requirePricingUnit } from "../catalog/catalog.ts";
import { customerKey, getCustomer, lockCustomer } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toDenomination } from "../http/denomination.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { availableIn, saveWallets, walletIn, watchForTopUp } from "../wallets/wallets.ts";
import { recordOccurrences } from "../webhooks/webhooks.ts";
import { denominationOf, openAccount, type Account } from "./account.ts";
import { buy, priceOf } from "./purchase.ts";
import {
  presentTopUpRule,
  statusOf,
  type OffReason,
  type TopUpRuleFields,
  type TopUpRuleInState,
  type TopUpRulePatch,
} from "./schema.ts";
import * as rows from "./sql.ts";

/**
 * A new rule for one of the customer's wallets, which is opened if there is none. If less than its threshold is available, the top-up is
 * made at once.
 * @throws CUSTOMER_NOT_FOUND, PRICING_UNIT_NOT_FOUND, TOP_UP_RULE_EXISTS, CONVERSION_MISSING, VALIDATION_ERROR
 */
export async function createTopUpRule(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  fields: TopUpRuleFields,
  now: Date,
): Promise<TopUpRuleInState> {
  const denomination = toDenomination(fields);
  if (denomination.accountType === "pricing_unit") await requirePricingUnit(tx, tenant, denomination.code);
  await lockCustomer(tx, tenant, customerId);
  const account = await openAccount(tx, customerKey(tenant, customerId), now);
  const all = await rows.findRules(tx, account.key);
  if (all.some((each) => denominationKey(denominationOf(each)) === denominationKey(denomination)))
    throw new BillingError("TOP_UP_RULE_EXISTS");
  const { threshold, amount, daily_limit, monthly_limit, credits_expire_after_days } = fields;
  const rule = {
    customer_id: customerId,
    top_up_rule_id: createId(now),
    account_type: denomination.accountType,
    code: denomination.code,
    threshold,
    amount,
    daily_limit,
    monthly_limit,
    credits_expire_after_days,
    is_on: true,
    off_reason: null,
    created_at: now,
    updated_at: now,
  };
  return saveAndApply(account, rule);
}

/**
 * The rule after `patch`: fields not given stay, null clears. What it then asks for is made at once.
 * @throws CUSTOMER_NOT_FOUND, TOP_UP_RULE_NOT_FOUND, CONVERSION_MISSING, VALIDATION_ERROR
 */
export async function updateTopUpRule(
  tx: Transaction,
  tenant: Tenant,
  at: { customerId: string; ruleId: string },
  patch: TopUpRulePatch,
  now: Date,
): Promise<TopUpRuleInState> {
  await lockCustomer(tx, tenant, at.customerId);
  const account = await openAccount(tx, customerKey(tenant, at.customerId), now);
  const before = (await rows.findRule(tx, account.key, at.ruleId)) ?? refuseUnknown();
  const { status, ...fields } = patch;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  const turned = status === undefined ? {} : { is_on: status === "ready", off_reason: null };
  return saveAndApply(account, { ...before, ...given, ...turned, updated_at: now });
}

async function saveAndApply(account: Account, rule: Omit<TopUpRuleInState, "is_under_way">): Promise<TopUpRuleInState> {
  const { tx, key, now, wallets } = account;
  refuseLimitsBelowAmount(rule);
  if (rule.is_on) await priceOf(account, { denomination: denominationOf(rule), amount: rule.amount });
  rows.upsertRule(tx, key, rule);
  const stored = (await rows.findRule(tx, key, rule.top_up_rule_id)) as TopUpRuleInState;
  const applied = await applyRule(account, stored);
  saveWallets(tx, [wallets], now);
  return applied;
}

function refuseLimitsBelowAmount(rule: Pick<TopUpRuleInState, "amount" | "daily_limit" | "monthly_limit">): void {
  for (const path of ["daily_limit", "monthly_limit"] as const) {
    if (rule[path]?.isLessThan(rule.amount))
      throw new BillingError("VALIDATION_ERROR", {
        details: [{ path, message: "Must be at least the amount, or the rule could never buy any." }],
      });
  }
}

/** Deletes the rule; a top-up of it that is under way goes on. @throws CUSTOMER_NOT_FOUND, TOP_UP_RULE_NOT_FOUND */
export async function deleteTopUpRule(
  tx: Transaction,
  tenant: Tenant,
  at: { customerId: string; ruleId: string },
  now: Date,
): Promise<void> {
  await lockCustomer(tx, tenant, at.customerId);
  const account = await openAccount(tx, customerKey(tenant, at.customerId), now);
  const rule = (await rows.findRule(tx, account.key, at.ruleId)) ?? refuseUnknown();
  await rows.deleteRule(tx, account.key, at.ruleId);
  watchForTopUp(walletIn(account.wallets, denominationOf(rule)), null, null);
  saveWallets(tx, [account.wallets], now);
}

/** @throws CUSTOMER_NOT_FOUND, TOP_UP_RULE_NOT_FOUND */
export async function getTopUpRule(
  db: Queryable,
  tenant: Tenant,
  at: { customerId: string; ruleId: string },
): Promise<TopUpRuleInState> {
  await getCustomer(db, tenant, at.customerId);
  return (await rows.findRule(db, customerKey(tenant, at.customerId), at.ruleId)) ?? refuseUnknown();
}

/** @throws CUSTOMER_NOT_FOUND */
export async function listTopUpRules(
  db: Queryable,
  tenant: Tenant,
  customerId: string,
  page: { after: string | null; limit: number },
): Promise<Page<TopUpRuleInState>> {
  await getCustomer(db, tenant, customerId);
  const found = await rows.listRules(db, customerKey(tenant, customerId), { ...page, limit: page.limit + 1 });
  return toPage(found, page.limit, (last) => last.top_up_rule_id);
}

/**
 * Makes the top-up that the rule asks for, if it does, and has the wallet watched for the next time: as it falls below the threshold, or
 * where a limit is reached, as that counts anew. Returns the rule as it is then.
 * @throws CONVERSION_MISSING, VALIDATION_ERROR if no invoice can be made; nothing is written then.
 */
export async function applyRule(account: Account, rule: TopUpRuleInState): Promise<TopUpRuleInState> {
  const { tx, key, timeZone, now } = account;
  const denomination = denominationOf(rule);
  const open = walletIn(account.wallets, denomination);
  const status = statusOf(rule);
  const { day, month } = topUpWindows(now.getTime(), timeZone);
  const since = { day: new Date(day.startsAt), month: new Date(month.startsAt) };
  const asked = await rows.sumAsked(tx, key, denomination, since);
  const { threshold, amount, daily_limit: dailyLimit, monthly_limit: monthlyLimit } = rule;
  const decision = decideTopUp(
    { threshold, amount, dailyLimit, monthlyLimit },
    { status, available: availableIn(open), ...asked },
  );
  if ("amount" in decision) {
    const creditsExpireAfterDays = rule.credits_expire_after_days;
    await buy(account, { denomination, amount: decision.amount, creditsExpireAfterDays, ruleId: rule.top_up_rule_id });
    watchForTopUp(open, null, null);
    return { ...rule, is_under_way: true };
  }
  const again = { daily_limit: day.endsAt, monthly_limit: month.endsAt, enough: null, in_progress: null, off: null };
  const dueAt = again[decision.none];
  watchForTopUp(open, status === "ready" ? threshold : null, dueAt === null ? null : new Date(dueAt));
  return rule;
}

/** Turns the rule off until somebody turns it on again. */
export function turnOff({ tx, key, wallets, now }: Account, rule: TopUpRuleInState, reason: OffReason): void {
  const off = { ...rule, is_on: false, off_reason: reason, updated_at: now };
  rows.upsertRule(tx, key, off);
  watchForTopUp(walletIn(wallets, denominationOf(rule)), null, null);
  recordOccurrences(tx, [{ key, type: "top_up_rule.off", data: { top_up_rule: presentTopUpRule(off) } }], now);
}

function refuseUnknown(): never {
  throw new BillingError("TOP_UP_RULE_NOT_FOUND");
}
