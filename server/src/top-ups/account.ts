import type { Denomination } from "../../../core/denomination.ts";
import { findBillingFields, type BillingFields, type CustomerKey } from "../customers/customers.ts";
import type { Transaction } from "../platform/db.ts";
import { openWallets, type OpenWallets } from "../wallets/wallets.ts";

/** A customer under their lock, with wallets settled to `now`. Whoever opens one stores its wallets. */
export type Account = {
  tx: Transaction;
  key: CustomerKey;
  currencyCode: string;
  timeZone: string;
  wallets: OpenWallets;
  now: Date;
};

export async function openAccount(tx: Transaction, key: CustomerKey, now: Date): Promise<Account> {
  const [fields, opened] = await Promise.all([findBillingFields(tx, [key]), openWallets(tx, [key], now)]);
  const { currencyCode, timeZone } = fields.get(key.customerId) as BillingFields;
  return { tx, key, currencyCode, timeZone, wallets: opened.get(key.customerId) as OpenWallets, now };
}

export function denominationOf({ account_type, code }: { account_type: Denomination["accountType"]; code: string }) {
  return { accountType: account_type, code };
}
