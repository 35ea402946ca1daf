import { randomInt } from "node:crypto";
import type { CustomerKey } from "../customers/customers.ts";
import type { SubscriptionRow } from "../subscriptions/schema.ts";
import type { KeptWallets } from "../wallets/wallets.ts";
import type { KnownCounters } from "./counters.ts";

/** All that a customer is charged by, as it was when the last transaction with them was committed. */
export type Remembered = {
  wallets: KeptWallets;
  /** Those that have not ended, and those that ended after `since`. */
  subscriptions: readonly SubscriptionRow[];
  since: Date;
  /** By `counterKey`, as far as they were needed; null for one that does not exist. */
  counters: KnownCounters;
};

type At = { earliest: Date; now: Date };

/** A customer of one plan takes 2 to 4 KB. */
const mostCustomers = 20_000;
/** Beyond these a customer is read again each time: memory is bounded by their number, and not by what one of them has. */
const mostGrants = 100;
const mostSubscriptions = 20;
const mostCounters = 200;

/**
 * What a process remembers of customers, so that it need not read them again for every batch. It is never believed by itself: a customer's is
 * true while this memory's `id` stands on their row (`lockKnownCustomers`), which is read with the lock that every batch takes.
 * See docs/decisions/0064-remembered-customers.md.
 */
export class CustomerMemory {
  /** No other process, past or future, has the same: of 2^48, and a customer's row must hold just that one. */
  readonly id = randomInt(1, 2 ** 48 - 1);
  /** Whether everything is read all the same and compared: for tests. */
  readonly isChecked: boolean;
  /** The one not used for longest comes first. */
  readonly #customers = new Map<string, Remembered>();

  constructor({ isChecked = false }: { isChecked?: boolean } = {}) {
    this.isChecked = isChecked;
  }

  /** Whether something is remembered of the customer that holds at `now` for events as early as `earliest`. */
  has({ tenantId, customerId }: CustomerKey, { earliest, now }: At): boolean {
    const remembered = this.#customers.get(customerId);
    // Anybody may ask for an id that is not theirs.
    if (remembered === undefined || remembered.wallets.key.tenantId !== tenantId) return false;
    return remembered.since <= earliest && now.getTime() < remembered.wallets.until;
  }

  /**
   * Takes out what is remembered of the customer; null where there is nothing (`has`). It must be put back after the commit, and only then: of a
   * transaction that failed nobody knows.
   */
  take(key: CustomerKey, at: At): Remembered | null {
    const remembered = this.has(key, at) ? this.#customers.get(key.customerId) : undefined;
    if (remembered !== undefined) this.#customers.delete(key.customerId);
    return remembered ?? null;
  }

  put(customerId: string, remembered: Remembered): void {
    const grants = remembered.wallets.wallets.reduce((sum, { wallet }) => sum + wallet.grants.length, 0);
    if (grants > mostGrants || remembered.subscriptions.length > mostSubscriptions) return;
    const counters = remembered.counters.size > mostCounters ? new Map() : remembered.counters;
    this.#customers.set(customerId, { ...remembered, counters });
    if (this.#customers.size > mostCustomers) this.#customers.delete(this.#customers.keys().next().value as string);
  }
}
