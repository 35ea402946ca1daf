import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, Decimal, min, sum, zero } from "./decimal.ts";
import { currency } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import {
  addGrant,
  adjust,
  applyToInvoice,
  applyUsage,
  compareForDraw,
  emptyWallet,
  invoiceable,
  nextChangeAt,
  returnFromInvoice,
  reverseUsage,
  settleDue,
  unallocated,
  voidGrant,
  wouldOverdraw,
  type Grant,
  type LedgerEntry,
  type Transition,
  type Wallet,
} from "./wallet.ts";

type NewGrant = Omit<Grant, "remaining" | "state">;

function grant(id: string, amount: string, options: Partial<NewGrant> = {}): NewGrant {
  return {
    id,
    amount: decimal(amount),
    kind: "paid",
    priority: 0,
    effectiveAt: 0,
    expiresAt: null,
    createdAt: 0,
    ...options,
  };
}

/** A wallet after several steps, with all their entries. */
function after(...steps: ((wallet: Wallet) => Transition)[]): Transition {
  let wallet = emptyWallet(currency("usd"));
  const entries: LedgerEntry[] = [];
  for (const step of steps) {
    const transition = step(wallet);
    wallet = transition.wallet;
    entries.push(...transition.entries);
  }
  return { wallet, entries };
}

const granted =
  (new_: NewGrant, at = 0) =>
  (wallet: Wallet) =>
    addGrant(wallet, new_, at);
const used =
  (cost: string, at = 0) =>
  (wallet: Wallet) =>
    applyUsage(wallet, { cost: decimal(cost), causeId: "event", at });
const credited =
  (amount: string, at = 0) =>
  (wallet: Wallet) =>
    adjust(wallet, { kind: "adjustment", amount: decimal(amount), causeId: "correction", at });
const settled = (now: number) => (wallet: Wallet) => settleDue(wallet, now);
const voided =
  (grantId: string, at = 0) =>
  (wallet: Wallet) =>
    voidGrant(wallet, { grantId, causeId: "operator", at });

/** "kind amount = balance after [draws] @instant" */
function written(entries: LedgerEntry[]): string[] {
  return entries.map(({ kind, amount, balanceAfter, draws, occurredAt }) => {
    const drawn = draws.map((draw) => `${draw.grantId}:${draw.amount.toString()}`).join(" ");
    return `${kind} ${amount.toString()} = ${balanceAfter.toString()} [${drawn}] @${occurredAt}`;
  });
}

function grantsOf(wallet: Wallet): string[] {
  return wallet.grants.map(({ id, remaining, state }) => `${id} ${remaining.toString()} ${state}`);
}

test("what each step writes to the ledger", () => {
  const cases: [name: string, steps: ((wallet: Wallet) => Transition)[], entries: string[], grants: string[]][] = [
    [
      "usage on credit",
      [granted(grant("a", "10")), used("4")],
      ["grant 10 = 10 [] @0", "usage -4 = 6 [a:4] @0"],
      ["a 6 active"],
    ],
    [
      "usage that takes all",
      [granted(grant("a", "10")), used("10")],
      ["grant 10 = 10 [] @0", "usage -10 = 0 [a:10] @0"],
      ["a 0 exhausted"],
    ],
    [
      "usage beyond all credit",
      [granted(grant("a", "10")), used("12.5")],
      ["grant 10 = 10 [] @0", "usage -12.5 = -2.5 [a:10] @0"],
      ["a 0 exhausted"],
    ],
    ["usage without credit", [used("3")], ["usage -3 = -3 [] @0"], []],
    ["usage that costs nothing", [used("0")], [], []],
    ["usage of negative cost", [used("3"), used("-1")], ["usage -3 = -3 [] @0", "usage 1 = -2 [] @0"], []],
    [
      "usage over two grants",
      [granted(grant("paid", "10")), granted(grant("gift", "5", { kind: "promotional" })), used("7")],
      ["grant 10 = 10 [] @0", "grant 5 = 15 [] @0", "usage -7 = 8 [gift:5 paid:2] @0"],
      ["paid 8 active", "gift 0 exhausted"],
    ],
    [
      "a grant pays a debt first",
      [used("3"), granted(grant("a", "10"))],
      ["usage -3 = -3 [] @0", "grant 10 = 7 [a:3] @0"],
      ["a 7 active"],
    ],
    [
      "a grant smaller than the debt",
      [used("3"), granted(grant("a", "2"))],
      ["usage -3 = -3 [] @0", "grant 2 = -1 [a:2] @0"],
      ["a 0 exhausted"],
    ],
    [
      "a credit of no grant is drawn last",
      [credited("5"), granted(grant("a", "10")), used("12")],
      ["adjustment 5 = 5 [] @0", "grant 10 = 15 [] @0", "usage -12 = 3 [a:10] @0"],
      ["a 0 exhausted"],
    ],
    [
      "a charge of no event draws like usage",
      [granted(grant("a", "10")), credited("-4")],
      ["grant 10 = 10 [] @0", "adjustment -4 = 6 [a:4] @0"],
      ["a 6 active"],
    ],
    [
      "a grant of later",
      [granted(grant("a", "10", { effectiveAt: 50 })), used("4"), settled(49), settled(60)],
      ["usage -4 = -4 [] @0", "grant 10 = 6 [a:4] @50"],
      ["a 6 active"],
    ],
    [
      "expiry takes what is left",
      [granted(grant("a", "10", { expiresAt: 50 })), used("4"), settled(50), used("1", 51)],
      ["grant 10 = 10 [] @0", "usage -4 = 6 [a:4] @0", "expiry -6 = 0 [a:6] @50", "usage -1 = -1 [] @51"],
      ["a 0 expired"],
    ],
    [
      "a used up grant expires without an entry",
      [granted(grant("a", "10", { expiresAt: 50 })), used("10"), settled(50)],
      ["grant 10 = 10 [] @0", "usage -10 = 0 [a:10] @0"],
      ["a 0 exhausted"],
    ],
    [
      "a grant that came and went unseen",
      [granted(grant("a", "10", { effectiveAt: 20, expiresAt: 50 })), settled(99)],
      ["grant 10 = 10 [] @20", "expiry -10 = 0 [a:10] @50"],
      ["a 0 expired"],
    ],
    [
      "dues of several grants, in the order of time",
      [
        granted(grant("a_late", "1", { effectiveAt: 30 })),
        granted(grant("b", "2", { effectiveAt: 20, expiresAt: 30 })),
        granted(grant("a", "4", { expiresAt: 25 })),
        settled(30),
      ],
      [
        "grant 4 = 4 [] @0",
        "grant 2 = 6 [] @20",
        "expiry -4 = 2 [a:4] @25",
        "expiry -2 = 0 [b:2] @30",
        "grant 1 = 1 [] @30",
      ],
      ["a_late 1 active", "b 0 expired", "a 0 expired"],
    ],
    [
      "voiding takes what is left, once",
      [granted(grant("a", "10")), used("4"), voided("a", 7), voided("a", 8)],
      ["grant 10 = 10 [] @0", "usage -4 = 6 [a:4] @0", "void -6 = 0 [a:6] @7"],
      ["a 0 voided"],
    ],
    [
      "voiding a grant of later",
      [granted(grant("a", "10", { effectiveAt: 50 })), voided("a"), settled(60)],
      [],
      ["a 0 voided"],
    ],
  ];
  for (const [name, steps, entries, grants] of cases) {
    const result = after(...steps);
    assert.deepEqual(written(result.entries), entries, name);
    assert.deepEqual(grantsOf(result.wallet), grants, name);
  }
});

test("grants are drawn by priority, then soonest expiry, promotional before paid, oldest, id", () => {
  const ordered: [id: string, options: Partial<NewGrant>][] = [
    ["z_first_by_priority", { priority: 1, createdAt: 9 }],
    ["y_soonest", { priority: 2, expiresAt: 100, createdAt: 9 }],
    ["x_later", { priority: 2, expiresAt: 200, createdAt: 8 }],
    ["w_promotional", { priority: 2, kind: "promotional", createdAt: 7 }],
    ["v_oldest", { priority: 2, createdAt: 1 }],
    ["a_by_id", { priority: 2, createdAt: 2 }],
    ["b_by_id", { priority: 2, createdAt: 2 }],
  ];
  const { wallet } = after(...ordered.toReversed().map(([id, options]) => granted(grant(id, "1", options))));
  assert.deepEqual(
    wallet.grants.toSorted(compareForDraw).map(({ id }) => id),
    ordered.map(([id]) => id),
  );
  const [entry] = applyUsage(wallet, { cost: decimal("6.5"), causeId: "event", at: 0 }).entries;
  assert.deepEqual(
    entry?.draws.map(({ grantId, amount }) => [grantId, amount.toString()]),
    ordered.map(([id], index) => [id, index === 6 ? "0.5" : "1"]),
  );
});

test("a cost overdraws if the balance is less than it", () => {
  const cases: [balance: string, cost: string, overdraws: boolean][] = [
    ["10", "9.99", false],
    ["10", "10.00", false],
    ["10", "10.000000000000000001", true],
    ["0", "0", false],
    ["0", "0.01", true],
    ["-5", "0", false],
    ["-5", "-1", false],
    ["-5", "1", true],
  ];
  for (const [balance, cost, overdraws] of cases) {
    const { wallet } = after(credited(balance));
    assert.equal(wouldOverdraw(wallet, decimal(cost)), overdraws, `${cost} on ${balance}`);
  }
});

test("the next change is the earliest instant at which a grant comes or goes", () => {
  const cases: [steps: ((wallet: Wallet) => Transition)[], next: number | null][] = [
    [[], null],
    [[granted(grant("a", "1"))], null],
    [[granted(grant("a", "1", { expiresAt: 50 }))], 50],
    [[granted(grant("a", "1", { effectiveAt: 20, expiresAt: 50 }))], 20],
    [[granted(grant("a", "1", { effectiveAt: 20, expiresAt: 50 })), settled(20)], 50],
    [[granted(grant("a", "1", { expiresAt: 50 })), granted(grant("b", "1", { effectiveAt: 30 }))], 30],
    [[granted(grant("a", "1", { expiresAt: 50 })), used("1")], null],
    [[granted(grant("a", "1", { expiresAt: 50 })), voided("a")], null],
  ];
  for (const [steps, next] of cases) assert.equal(nextChangeAt(after(...steps).wallet), next);
});

/** The steps, the last of which is a usage, and after the further steps its reversal. */
function reversed(
  steps: ((wallet: Wallet) => Transition)[],
  further: ((wallet: Wallet) => Transition)[],
  at: number,
): { entries: string[]; grants: string[] } {
  const first = after(...steps);
  const entry = first.entries.at(-1) as LedgerEntry;
  let { wallet } = first;
  for (const step of further) wallet = step(wallet).wallet;
  const transition = reverseUsage(wallet, { entry, causeId: "event", at });
  assertSettledDebt(transition.wallet);
  return { entries: written(transition.entries), grants: grantsOf(transition.wallet) };
}

function assertSettledDebt(wallet: Wallet): void {
  const held = wallet.grants.filter(({ state }) => state === "active").some(({ remaining }) => remaining.isPositive());
  assert.ok(!(unallocated(wallet).isNegative() && held), "a debt stands beside credits that could pay it");
}

test("what taking a usage back writes to the ledger", () => {
  const gift = grant("gift", "5", { kind: "promotional" });
  const short = grant("short", "10", { expiresAt: 50 });
  const cases: [
    name: string,
    steps: ((wallet: Wallet) => Transition)[],
    further: ((wallet: Wallet) => Transition)[],
    at: number,
    entries: string[],
    grants: string[],
  ][] = [
    [
      "each grant gets back what it gave",
      [granted(grant("paid", "10")), granted(gift), used("7")],
      [],
      0,
      ["usage_reversal 7 = 15 [gift:-5 paid:-2] @0"],
      ["paid 10 active", "gift 5 active"],
    ],
    [
      "an exhausted grant is active again",
      [granted(grant("a", "10")), used("10")],
      [],
      9,
      ["usage_reversal 10 = 10 [a:-10] @9"],
      ["a 10 active"],
    ],
    ["a debt becomes less", [used("3")], [used("1")], 0, ["usage_reversal 3 = -1 [] @0"], []],
    [
      "what no grant gave is a credit of no grant",
      [granted(grant("a", "10")), used("12")],
      [granted(grant("b", "5"))],
      0,
      // b paid the debt of 2 when it came; what it paid is not known to the usage.
      ["usage_reversal 12 = 15 [a:-10] @0"],
      ["a 10 active", "b 3 active"],
    ],
    [
      "what comes back pays a debt that came since",
      [granted(grant("a", "10")), used("10")],
      [used("4")],
      0,
      ["usage_reversal 10 = 6 [a:-6] @0"],
      ["a 6 active"],
    ],
    [
      "a debt larger than what comes back",
      [granted(grant("a", "10")), used("10")],
      [used("14")],
      0,
      ["usage_reversal 10 = -4 [] @0"],
      ["a 0 exhausted"],
    ],
    [
      "an expired grant gives up at once what it gets back",
      [granted(short), used("4")],
      [settled(60)],
      60,
      ["usage_reversal 4 = 4 [short:-4] @60", "expiry -4 = 0 [short:4] @60"],
      ["short 0 expired"],
    ],
    [
      "a grant that was used up and whose time is over since",
      [granted(short), used("10")],
      [settled(60)],
      60,
      ["usage_reversal 10 = 10 [short:-10] @60", "expiry -10 = 0 [short:10] @60"],
      ["short 0 expired"],
    ],
    [
      "expired credits pay no debt any more",
      [granted(short), used("10")],
      [settled(60), used("3", 60)],
      60,
      ["usage_reversal 10 = 7 [short:-10] @60", "expiry -10 = -3 [short:10] @60"],
      ["short 0 expired"],
    ],
    [
      "a voided grant gives up at once what it gets back",
      [granted(grant("a", "10")), used("4")],
      [voided("a")],
      0,
      ["usage_reversal 4 = 4 [a:-4] @0", "void -4 = 0 [a:4] @0"],
      ["a 0 voided"],
    ],
    [
      "a usage of negative cost takes its credit back first",
      [granted(grant("a", "10")), used("-3")],
      [],
      0,
      ["usage_reversal -3 = 10 [] @0"],
      ["a 10 active"],
    ],
    [
      "and then the grants, where the credit is spent",
      [granted(grant("a", "10")), used("-3")],
      [used("12"), granted(grant("b", "5"))],
      0,
      ["usage_reversal -3 = 3 [b:2] @0"],
      ["a 0 exhausted", "b 3 active"],
    ],
  ];
  for (const [name, steps, further, at, entries, grants] of cases) {
    assert.deepEqual(reversed(steps, further, at), { entries, grants }, name);
  }
});

test("a reversal needs the grants that gave", () => {
  const { wallet, entries } = after(granted(grant("a", "1")), used("1"));
  const entry = entries.at(-1) as LedgerEntry;
  assert.throws(() => reverseUsage({ ...wallet, grants: [] }, { entry, causeId: "event", at: 0 }), RangeError);
});

const meant = (id: string, amount: string, options: Partial<NewGrant> = {}) =>
  granted(grant(id, amount, { paysInvoices: true, ...options }));

test("what an invoice may take, and which grants it draws", () => {
  const cases: [
    name: string,
    steps: ((wallet: Wallet) => Transition)[],
    held: string,
    most: string,
    entries: string[],
    grants: string[],
  ][] = [
    ["money of no grant", [credited("10")], "0", "10", ["balance_applied -10 = 0 [] @0"], []],
    ["not what is for usage", [granted(grant("u", "5"))], "0", "0", [], ["u 5 active"]],
    [
      "grants that pay invoices, in the order of drawing, and then money",
      [meant("late", "4"), meant("soon", "3", { expiresAt: 9 }), granted(grant("u", "5")), credited("2")],
      "0",
      "9",
      ["balance_applied -9 = 5 [soon:3 late:4] @0"],
      ["late 0 exhausted", "soon 0 exhausted", "u 5 active"],
    ],
    ["nothing while something is owed", [used("3")], "0", "0", [], []],
    [
      "nothing that a hold reserves",
      [credited("10"), granted(grant("u", "5"))],
      "8",
      "7",
      ["balance_applied -7 = 8 [] @0"],
      ["u 5 active"],
    ],
    ["nothing where all is held", [credited("10")], "12", "0", [], []],
  ];
  for (const [name, steps, held, most, expected, grants] of cases) {
    const { wallet } = after(...steps);
    const amount = invoiceable(wallet, decimal(held));
    assert.equal(amount.toString(), most, name);
    const { entries, wallet: left } = amount.isZero()
      ? { entries: [], wallet }
      : applyToInvoice(wallet, { amount, causeId: "invoice", at: 0 });
    assert.deepEqual([written(entries), grantsOf(left)], [expected, grants], name);
  }
});

test("what an invoice took comes back the other way round, once, and to grants that have ended no more", () => {
  const taken = after(meant("a", "4"), meant("b", "3", { createdAt: 1, expiresAt: null }), credited("3"));
  const { wallet, entries } = applyToInvoice(taken.wallet, { amount: decimal("10"), causeId: "invoice", at: 0 });
  const entry = entries[0] as LedgerEntry;
  const back = (from: Wallet, returned: string, amount: string, at = 0) =>
    returnFromInvoice(from, { entry, returned: decimal(returned), amount: decimal(amount), causeId: "invoice", at });
  const first = back(wallet, "0", "5");
  assert.deepEqual(written(first.entries), ["balance_returned 5 = 5 [b:-2] @0"]);
  const second = back(first.wallet, "5", "5");
  assert.deepEqual(written(second.entries), ["balance_returned 5 = 10 [b:-1 a:-4] @0"]);
  assert.deepEqual(grantsOf(second.wallet), ["a 4 active", "b 3 active"]);

  const withdrawn = voidGrant(back(wallet, "0", "4").wallet, { grantId: "b", causeId: "operator", at: 0 });
  const rest = back(withdrawn.wallet, "4", "6");
  assert.deepEqual(written(rest.entries), ["balance_returned 6 = 9 [b:-2 a:-4] @0", "void -2 = 7 [b:2] @0"]);
  assert.deepEqual(grantsOf(rest.wallet), ["a 4 active", "b 0 voided"]);

  const owing = applyUsage(wallet, { cost: decimal("8"), causeId: "event", at: 0 }).wallet;
  const paid = back(owing, "0", "10");
  assert.deepEqual(written(paid.entries), ["balance_returned 10 = 2 [b:-2] @0"]);
});

test("what must not happen is refused", () => {
  const ended = after(granted(grant("a", "1")), used("1")).wallet;
  const code = (expected: string) => (error: unknown) => error instanceof BillingError && error.code === expected;
  assert.throws(() => voidGrant(ended, { grantId: "a", causeId: "operator", at: 0 }), code("CREDIT_GRANT_ENDED"));
  assert.throws(() => voidGrant(ended, { grantId: "b", causeId: "operator", at: 0 }), code("CREDIT_GRANT_NOT_FOUND"));
  assert.throws(() => after(granted(grant("a", "0"))), RangeError);
  assert.throws(() => after(granted(grant("a", "-1"))), RangeError);
  assert.throws(() => after(granted(grant("a", "1", { effectiveAt: 9, expiresAt: 9 }))), RangeError);
  assert.throws(() => after(granted(grant("a", "1", { expiresAt: 9 }), 9)), RangeError);
  // A wallet with grants due must be settled before anything else.
  assert.throws(() => after(granted(grant("a", "1", { expiresAt: 9 })), used("1", 9)), RangeError);
  assert.throws(() => after(granted(grant("a", "1", { effectiveAt: 9 })), credited("1", 9)), RangeError);
});

test("a grant that a transition leaves alone is the same object", () => {
  const { wallet } = after(granted(grant("a", "1")), granted(grant("b", "1")));
  const next = applyUsage(wallet, { cost: decimal("0.5"), causeId: "event", at: 0 }).wallet;
  assert.notEqual(next.grants[0], wallet.grants[0]);
  assert.equal(next.grants[1], wallet.grants[1]);
});

type Step =
  | {
      do: "grant";
      amount: Decimal;
      delay: number;
      lifetime: number | null;
      priority: number;
      kind: Grant["kind"];
      paysInvoices: boolean;
    }
  | { do: "use" | "adjust"; amount: Decimal }
  | { do: "void"; which: number }
  | { do: "reverse"; which: number }
  | { do: "invoice"; most: Decimal; held: Decimal }
  | { do: "return"; which: number; part: number }
  | { do: "wait"; for: number };

const positive = fc
  .tuple(fc.bigInt({ min: 1n, max: 10n ** 24n }), fc.integer({ min: 0, max: 18 }))
  .map(([coefficient, scale]) => Decimal.of(coefficient, scale));
const small = fc.integer({ min: -300, max: 900 }).map((cents) => Decimal.of(BigInt(cents), 2));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("grant" as const),
    amount: fc.oneof(
      positive,
      fc.integer({ min: 1, max: 900 }).map((cents) => Decimal.of(BigInt(cents), 2)),
    ),
    delay: fc.integer({ min: 0, max: 3 }),
    lifetime: fc.option(fc.integer({ min: 1, max: 6 })),
    priority: fc.integer({ min: 0, max: 2 }),
    kind: fc.constantFrom("promotional" as const, "paid" as const),
    paysInvoices: fc.boolean(),
  }),
  fc.record({ do: fc.constant("invoice" as const), most: positive, held: fc.oneof(fc.constant(zero), positive) }),
  fc.record({ do: fc.constant("return" as const), which: fc.nat(5), part: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constant("use" as const), amount: fc.oneof(positive, small, small, small) }),
  fc.record({ do: fc.constant("adjust" as const), amount: small }),
  fc.record({ do: fc.constant("void" as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant("reverse" as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant("wait" as const), for: fc.integer({ min: 1, max: 4 }) }),
);

/** The wallet after one step at `now`, settled first as every caller must. */
function take(wallet: Wallet, each: Step, now: number, id: string): Transition {
  const due = settleDue(wallet, now);
  const then = act(due.wallet, each, now, id);
  return { wallet: then.wallet, entries: [...due.entries, ...then.entries] };
}

function act(wallet: Wallet, each: Step, now: number, id: string): Transition {
  const idle = { wallet, entries: [] };
  switch (each.do) {
    case "grant": {
      const effectiveAt = now + each.delay;
      const expiresAt = each.lifetime === null ? null : effectiveAt + each.lifetime;
      const { amount, kind, priority, paysInvoices } = each;
      return addGrant(
        wallet,
        { id, amount, kind, priority, paysInvoices, effectiveAt, expiresAt, createdAt: now },
        now,
      );
    }
    case "use":
      return applyUsage(wallet, { cost: each.amount, causeId: id, at: now });
    case "adjust":
      return adjust(wallet, { kind: "adjustment", amount: each.amount, causeId: id, at: now });
    case "void": {
      const of = wallet.grants[each.which];
      if (of === undefined || of.state === "exhausted" || of.state === "expired") return idle;
      return voidGrant(wallet, { grantId: of.id, causeId: id, at: now });
    }
    case "invoice": {
      const amount = min(each.most, invoiceable(wallet, each.held));
      return amount.isPositive() ? applyToInvoice(wallet, { amount, causeId: id, at: now }) : idle;
    }
    case "reverse":
    case "return":
    case "wait":
      return idle;
  }
  return idle;
}

test("law: after any steps the balance is what grants hold plus the rest, the chain is whole and nothing is lost", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let wallet = emptyWallet(currency("usd"));
      let now = 0;
      const ledger: LedgerEntry[] = [];
      const takenBack = new Set<number>();
      const returned = new Map<number, Decimal>();
      for (const [index, each] of steps.entries()) {
        if (each.do === "wait") now += each.for;
        const { wallet: next, entries } =
          each.do === "reverse"
            ? takeBack(wallet, ledger, takenBack, each.which, now)
            : each.do === "return"
              ? putBack(wallet, ledger, returned, each, now)
              : take(wallet, each, now, `id_${index}`);
        wallet = next;
        ledger.push(...entries);
        assertConsistent(wallet, ledger);
        assert.equal(settleDue(wallet, now).entries.length, 0);
        assert.ok((nextChangeAt(wallet) ?? Infinity) > now);
      }
    }),
    { numRuns: 1_500 },
  );
});

/** The reversal of the usage number `which`, once at most. */
function takeBack(
  wallet: Wallet,
  ledger: LedgerEntry[],
  takenBack: Set<number>,
  which: number,
  now: number,
): Transition {
  const due = settleDue(wallet, now);
  const entry = ledger.filter(({ kind }) => kind === "usage")[which];
  if (entry === undefined || takenBack.has(entry.seq)) return due;
  takenBack.add(entry.seq);
  const { wallet: after, entries } = reverseUsage(due.wallet, { entry, causeId: entry.causeId, at: now });
  assert.equal(entries[0]?.amount.toString(), entry.amount.negated().toString());
  return { wallet: after, entries: [...due.entries, ...entries] };
}

/** A part of what invoice number `which` took, and with the last part the rest. */
function putBack(
  wallet: Wallet,
  ledger: LedgerEntry[],
  returned: Map<number, Decimal>,
  { which, part }: { which: number; part: number },
  now: number,
): Transition {
  const due = settleDue(wallet, now);
  const entry = ledger.filter(({ kind }) => kind === "balance_applied")[which];
  if (entry === undefined) return due;
  const before = returned.get(entry.seq) ?? zero;
  const left = entry.amount.negated().minus(before);
  const amount = left.dividedBy(decimal(`${part}`), { scale: 18, mode: "floor" });
  if (!amount.isPositive()) return due;
  returned.set(entry.seq, before.plus(amount));
  const of = { entry, returned: before, amount, causeId: entry.causeId, at: now };
  const after = returnFromInvoice(due.wallet, of);
  assert.equal(after.entries[0]?.amount.toString(), amount.toString());
  const back = sum(after.entries[0]?.draws.filter((draw) => draw.amount.isNegative()).map((draw) => draw.amount) ?? []);
  assert.ok(!back.negated().isGreaterThan(amount), "a grant got back what money had paid");
  return { wallet: after.wallet, entries: [...due.entries, ...after.entries] };
}

function assertConsistent(wallet: Wallet, ledger: LedgerEntry[]): void {
  let balance = zero;
  let last = 0;
  for (const [index, entry] of ledger.entries()) {
    assert.equal(entry.seq, index + 1);
    assert.equal(entry.amount.isZero(), false);
    balance = balance.plus(entry.amount);
    assert.equal(entry.balanceAfter.toString(), balance.toString());
    assert.ok(entry.occurredAt >= last);
    last = entry.occurredAt;
    for (const { amount } of entry.draws) {
      assert.equal(amount.isZero(), false);
      assert.ok(amount.isPositive() || entry.kind === "usage_reversal" || entry.kind === "balance_returned");
    }
  }
  assert.equal(wallet.lastSeq, ledger.length);
  assert.equal(wallet.balance.toString(), balance.toString());

  const active = wallet.grants.filter(({ state }) => state === "active");
  const held = sum(active.map(({ remaining }) => remaining));
  const rest = unallocated(wallet);
  assert.equal(wallet.balance.toString(), held.plus(rest).toString());
  assert.ok(!(rest.isNegative() && held.isPositive()), "a debt stands beside credits that could pay it");
  for (const each of wallet.grants) {
    assert.equal(each.remaining.isNegative(), false);
    assert.equal(each.remaining.isPositive(), each.state === "active" || each.state === "scheduled");
    if (each.state === "scheduled") continue;
    const wasEffective = ledger.some(({ kind, causeId }) => kind === "grant" && causeId === each.id);
    const draws = ledger.flatMap((entry) => entry.draws).filter(({ grantId }) => grantId === each.id);
    const expected = wasEffective ? each.amount.minus(sum(draws.map(({ amount }) => amount))) : zero;
    assert.equal(each.remaining.toString(), expected.toString());
  }
}

test("law: settling at every instant and settling once at the end leave the same wallet and ledger", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 15 }), (steps, wait) => {
      let wallet = emptyWallet(currency("usd"));
      for (const [index, each] of steps.entries()) wallet = take(wallet, each, 0, `id_${index}`).wallet;
      let stepwise: Transition = { wallet, entries: [] };
      for (let now = 1; now <= wait; now += 1) {
        const { wallet: next, entries } = settleDue(stepwise.wallet, now);
        stepwise = { wallet: next, entries: [...stepwise.entries, ...entries] };
      }
      const atOnce = settleDue(wallet, wait);
      assert.deepEqual(written(stepwise.entries), written(atOnce.entries));
      assert.deepEqual(grantsOf(stepwise.wallet), grantsOf(atOnce.wallet));
    }),
    { numRuns: 200 },
  );
});

test("law: taking back a usage at once leaves every grant and the balance as before it", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.oneof(positive, small), (steps, cost) => {
      let wallet = emptyWallet(currency("usd"));
      for (const [index, each] of steps.entries()) wallet = take(wallet, each, 0, `id_${index}`).wallet;
      const usage = applyUsage(wallet, { cost, causeId: "event", at: 0 });
      const [entry] = usage.entries;
      if (entry === undefined) return;
      const { wallet: after } = reverseUsage(usage.wallet, { entry, causeId: "event", at: 0 });
      assert.deepEqual(grantsOf(after), grantsOf(wallet));
      assert.equal(after.balance.toString(), wallet.balance.toString());
    }),
    { numRuns: 1_000 },
  );
});

test("what is held is not there to be spent", () => {
  const wallet = adjust(emptyWallet(currency("usd")), {
    kind: "adjustment",
    amount: decimal("10"),
    causeId: "adjustment",
    at: 0,
  }).wallet;
  assert.equal(wouldOverdraw(wallet, decimal("4"), decimal("6")), false);
  assert.equal(wouldOverdraw(wallet, decimal("4.01"), decimal("6")), true);
  assert.equal(wouldOverdraw(wallet, decimal("0"), decimal("11")), false);
});
