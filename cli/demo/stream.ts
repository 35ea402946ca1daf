import { setTimeout as wait } from "node:timers/promises";
import { decimal } from "../../core/decimal.ts";
import type { Cost, IngestEventResponse, WalletBalance } from "../../sdk/src/index.ts";
import { giveGrant, readBalances, type Account, type Server } from "./fill.ts";
import { usageOf, type DemoEvent } from "./usage.ts";

/** What has been streamed so far. `cost` has one amount per denomination. */
export type Tally = { sent: number; rejected: number; topUps: number; cost: WalletBalance[]; elapsedMs: number };

export type StreamOptions = {
  /** Null streams until `stop`. */
  events: number | null;
  ratePerSecond: number;
  seed: number;
  stop: AbortSignal;
  onProgress(tally: Tally): void;
};

/** A customer who runs dry buys another pack, though not at the first refusal: whoever watches shall see what a refusal is. */
const rejectionsBeforeTopUp = 10;

/**
 * Sends events one after another at the rate, each with the time of its sending, and keeps `accounts` as the answers say.
 * Returns after the last one, or soon after `stop`.
 */
export async function stream(server: Server, accounts: Account[], options: StreamOptions): Promise<Tally> {
  const { events, ratePerSecond, stop, onProgress } = options;
  const byCustomer = new Map(accounts.map((account) => [account.customer, account]));
  const usage = usageOf([...byCustomer.keys()], options.seed);
  const startedAt = performance.now();
  const run = server.now().getTime().toString(36);
  const tally: Tally = { sent: 0, rejected: 0, topUps: 0, cost: [], elapsedMs: 0 };
  for (let position = 0; position < (events ?? Infinity); position += 1) {
    await waitUntil(startedAt + (position * 1_000) / ratePerSecond, stop);
    if (stop.aborted) break;
    const event = usage.next().value;
    const account = byCustomer.get(event.customer) as Account;
    const answer = await send(server, account, event, `demo-${run}-${position + 1}`);
    count(tally, account, answer);
    if (answer.status === "rejected" && account.rejected % rejectionsBeforeTopUp === 0) {
      tally.topUps += await buyAnotherPack(server, account);
    }
    tally.elapsedMs = performance.now() - startedAt;
    onProgress(tally);
  }
  return tally;
}

function send(
  { client, abandon: signal, now }: Server,
  { customerId }: Account,
  { eventName, properties }: DemoEvent,
  idempotencyKey: string,
): Promise<IngestEventResponse> {
  return client.events.ingest(
    {
      event_name: eventName,
      idempotency_key: idempotencyKey,
      customer_id: customerId,
      timestamp: now().toISOString(),
      properties,
    },
    { signal },
  );
}

function count(tally: Tally, account: Account, { status, cost, customer_balances }: IngestEventResponse): void {
  tally.sent += 1;
  account.balances = customer_balances;
  if (status === "rejected") {
    tally.rejected += 1;
    account.rejected += 1;
    return;
  }
  account.charged += 1;
  tally.cost = cost.reduce(addCost, tally.cost);
}

/** `total` with `amount` added where its denomination stands, at the end if it is new, so that nothing jumps on the screen. */
function addCost(total: WalletBalance[], { amount, ...denomination }: Cost): WalletBalance[] {
  const isSame = (other: WalletBalance) =>
    other.currency_code === denomination.currency_code && other.pricing_unit_code === denomination.pricing_unit_code;
  if (!total.some(isSame)) return [...total, { balance: amount, ...denomination }];
  return total.map((wallet) =>
    isSame(wallet) ? { ...wallet, balance: decimal(wallet.balance).plus(decimal(amount)).toString() } : wallet,
  );
}

/** Buys the customer's token pack again, if they have one: only tokens are refused when they are short. Returns how many. */
async function buyAnotherPack(server: Server, account: Account): Promise<number> {
  const pack = account.customer.grants.find((grant) => grant.kind === "paid" && grant.pricing_unit_code !== undefined);
  if (pack === undefined) return 0;
  await giveGrant(server, account.subscriptionId, pack);
  account.balances = await readBalances(server, account.customerId);
  return 1;
}

async function waitUntil(at: number, stop: AbortSignal): Promise<void> {
  const leftMs = at - performance.now();
  if (leftMs <= 0) return;
  try {
    await wait(leftMs, undefined, { signal: stop });
  } catch {
    // `stop` came first, and whoever waits looks at it next.
  }
}
