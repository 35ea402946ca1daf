/** What a customer's wallets held at an instant of the past, and what they will hold as far as that is known today. */
import { balanceAt, projectBalance } from "../../../core/balance.ts";
import { compareDenominations, denominationKey } from "../../../core/denomination.ts";
import { emptyWallet } from "../../../core/wallet.ts";
import { customerKey, getCustomer, type CustomerKey } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Database, Transaction } from "../platform/db.ts";
import * as rows from "./sql.ts";
import { currentWallets, openWallets, type Balance, type ExpectedCredits, type OpenWallets } from "./wallets.ts";

/** The balance of every wallet that the customer has now, as of `instant`, from the ledger. @throws CUSTOMER_NOT_FOUND */
export async function listPastBalances(
  database: Database,
  tenant: Tenant,
  customerId: string,
  instant: Date,
  now: Date,
): Promise<Balance[]> {
  const wallets = await currentWallets(database, tenant, customerId, now);
  const entries = await rows.findEntriesAt(database, customerKey(tenant, customerId), wallets, instant);
  return wallets.map(({ account_type, code }) => {
    const own = entries.filter((entry) => entry.account_type === account_type && entry.code === code);
    const balance = balanceAt(
      own.map((entry) => ({
        seq: entry.seq,
        occurredAt: entry.occurred_at.getTime(),
        balanceAfter: entry.balance_after,
      })),
      instant.getTime(),
    );
    return { denomination: { accountType: account_type, code }, balance };
  });
}

/** Tells what plans will give the customer until an instant. */
export type ExpectCredits = (tx: Transaction, key: CustomerKey, until: Date, now: Date) => Promise<ExpectedCredits[]>;

/**
 * The balance of every wallet as it will be at `instant` if nothing is used: with the grants that start and expire until then, and with
 * those that plans give. Changes nothing; as of one instant only if the transaction's snapshot is. @throws CUSTOMER_NOT_FOUND
 */
export async function projectBalances(
  tx: Transaction,
  expectCredits: ExpectCredits,
  tenant: Tenant,
  customerId: string,
  instant: Date,
  now: Date,
): Promise<Balance[]> {
  await getCustomer(tx, tenant, customerId);
  const key = customerKey(tenant, customerId);
  const { wallets } = (await openWallets(tx, [key], now)).get(customerId) as OpenWallets;
  const expected = new Map(
    (await expectCredits(tx, key, instant, now)).map((each) => [denominationKey(each.denomination), each]),
  );
  const all = new Map([
    ...[...expected].map(([name, { denomination }]) => [name, emptyWallet(denomination)] as const),
    ...[...wallets].map(([name, { wallet }]) => [name, wallet] as const),
  ]);
  return [...all]
    .map(([name, wallet]) => ({
      denomination: wallet.denomination,
      balance: projectBalance(wallet, {
        now: now.getTime(),
        until: instant.getTime(),
        expected: [],
        renewals: expected.get(name)?.renewals ?? [],
      }).balance,
    }))
    .toSorted((a, b) => compareDenominations(a.denomination, b.denomination));
}
