import { decimal, zero, type Decimal } from "../../../core/decimal.ts";
import { sql, type Database } from "../platform/db.ts";

export type Verification = { wallets: number; entries: number; problems: string[] };

type WalletRow = {
  bucket: number;
  customer_id: string;
  account_type: string;
  code: string;
  balance: string;
  last_seq: number;
  held: string;
};
type EntryRow = {
  seq: number;
  amount: string;
  balance_after: string;
  draws: { credit_grant_id: string; amount: string }[];
};
type GrantRow = { credit_grant_id: string; amount: string; remaining: string; state: string };

const walletsAtATime = 500;

/**
 * Recomputes every wallet from its ledger: seq without gaps, each balance the one before plus the amount, the wallet's balance
 * the last one, each grant's remainder its amount less its draws, and no debt beside credits. Returns a sentence for each thing
 * that does not agree. Holds one wallet's entries in memory at a time.
 */
export async function verifyWallets(database: Database): Promise<Verification> {
  const result: Verification = { wallets: 0, entries: 0, problems: [] };
  let after: WalletRow | null = null;
  for (;;) {
    const page: WalletRow[] = await walletsAfter(database, after);
    for (const wallet of page) await verifyWallet(database, wallet, result);
    after = page.at(-1) ?? null;
    if (page.length < walletsAtATime) return result;
  }
}

async function verifyWallet(database: Database, wallet: WalletRow, result: Verification): Promise<void> {
  const { entries, grants, onHold } = await readWallet(database, wallet);
  const name = `Wallet ${wallet.account_type}:${wallet.code} of customer ${wallet.customer_id}`;
  const complain = (what: string) => result.problems.push(`${name}: ${what}`);
  result.wallets += 1;
  result.entries += entries.length;

  let balance = zero;
  const drawn = new Map<string, Decimal>();
  for (const [index, entry] of entries.entries()) {
    if (entry.seq !== index + 1) complain(`entry ${index + 1} has seq ${entry.seq}.`);
    balance = balance.plus(decimal(entry.amount));
    if (!balance.equals(decimal(entry.balance_after)))
      complain(`after entry ${entry.seq} the balance is ${balance.toString()}, not ${entry.balance_after}.`);
    for (const draw of entry.draws) {
      drawn.set(draw.credit_grant_id, (drawn.get(draw.credit_grant_id) ?? zero).plus(decimal(draw.amount)));
    }
  }
  if (entries.length !== wallet.last_seq) complain(`it has ${entries.length} entries and says ${wallet.last_seq}.`);
  if (!balance.equals(decimal(wallet.balance)))
    complain(`its entries add up to ${balance.toString()}, and it says ${wallet.balance}.`);

  if (!onHold.equals(decimal(wallet.held)))
    complain(`its open holds reserve ${onHold.toString()}, and it says ${wallet.held}.`);

  let held = zero;
  for (const grant of grants) {
    const left = decimal(grant.amount).minus(drawn.get(grant.credit_grant_id) ?? zero);
    // A grant that was voided before it became effective never had an entry that could have drawn it.
    const expected = grant.state === "voided" ? zero : left;
    if (!expected.equals(decimal(grant.remaining)))
      complain(`grant ${grant.credit_grant_id} holds ${grant.remaining}, and its draws leave ${expected.toString()}.`);
    if (grant.state === "active") held = held.plus(decimal(grant.remaining));
  }
  if (held.isPositive() && balance.isLessThan(held))
    complain(`it owes ${held.minus(balance).toString()} while its grants hold ${held.toString()}.`);
}

async function walletsAfter(database: Database, after: WalletRow | null): Promise<WalletRow[]> {
  const { bucket, customer_id, account_type, code } = after ?? {
    bucket: -1,
    customer_id: "",
    account_type: "",
    code: "",
  };
  return database.query<WalletRow>(
    sql`select bucket, customer_id, account_type, code, balance, last_seq, held
        from wallets
        where (bucket, customer_id, account_type, code) > (${bucket}, ${customer_id}, ${account_type}, ${code})
        order by bucket, customer_id, account_type, code
        limit ${walletsAtATime}`,
  );
}

/** The wallet's entries and grants as of one instant, which `wallet` is set to as well: the server may be working meanwhile. */
async function readWallet(
  database: Database,
  wallet: WalletRow,
): Promise<{ entries: EntryRow[]; grants: GrantRow[]; onHold: Decimal }> {
  const { bucket, customer_id, account_type, code } = wallet;
  return database.transaction(async (tx) => {
    await tx.query(sql`set transaction isolation level repeatable read read only`);
    const [current] = await tx.query<WalletRow>(
      sql`select balance, last_seq, held from wallets
          where bucket = ${bucket} and customer_id = ${customer_id} and account_type = ${account_type} and code = ${code}`,
    );
    Object.assign(wallet, current);
    const entries = await tx.query<EntryRow>(
      sql`select seq, amount, balance_after, draws from ledger_entries
          where bucket = ${bucket} and customer_id = ${customer_id} and account_type = ${account_type} and code = ${code}
          order by seq`,
    );
    const grants = await tx.query<GrantRow>(
      sql`select credit_grant_id, amount, remaining, state from credit_grants
          where bucket = ${bucket} and customer_id = ${customer_id} and account_type = ${account_type} and code = ${code}`,
    );
    const [holds] = await tx.query<{ amount: string }>(
      sql`select coalesce(sum(amount), 0) as amount from holds
          where bucket = ${bucket} and customer_id = ${customer_id} and account_type = ${account_type} and code = ${code}
            and state = 'open'`,
    );
    return { entries, grants, onHold: decimal(holds?.amount ?? "0") };
  });
}
