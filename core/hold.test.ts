import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decimal, zero } from "./decimal.ts";
import { currency } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import { available, captureHold, expireHolds, heldAmount, openHold, releaseHold, stateAt, type Hold } from "./hold.ts";
import { addGrant, adjust, emptyWallet, settleDue, type Wallet } from "./wallet.ts";

function wallet(balance: string): Wallet {
  const movement = { kind: "adjustment", amount: decimal(balance), causeId: "adjustment", at: 0 } as const;
  return adjust(emptyWallet(currency("usd")), movement).wallet;
}

function hold(id: string, amount: string, options: Partial<Hold> = {}): Hold {
  return { id, amount: decimal(amount), captured: zero, expiresAt: 100, createdAt: 0, state: "open", ...options };
}

/** What `act` gives, or the code of its refusal. */
function tried<T>(act: () => T): T | string {
  try {
    return act();
  } catch (error) {
    if (error instanceof BillingError) return error.code;
    throw error;
  }
}

test("what is available is the balance without what open holds reserve", () => {
  const holds = [hold("a", "4"), hold("b", "1", { state: "released" }), hold("c", "2", { expiresAt: 50 })];
  assert.equal(available(wallet("10"), holds, 49).toString(), "4");
  assert.equal(available(wallet("10"), holds, 50).toString(), "6");
  assert.equal(stateAt(holds[2] as Hold, 50), "expired");
  assert.deepEqual(
    expireHolds(holds, 50).map(({ id, state, amount }) => [id, state, amount.toString()]),
    [["c", "expired", "0"]],
  );
});

test("a hold is made of what is available, unless overdrafts are allowed", () => {
  const make = (amount: string, overdraft: "block" | "allow") =>
    tried(
      () =>
        openHold(wallet("10"), [hold("a", "4")], { id: "b", amount: decimal(amount), expiresAt: 9, at: 0, overdraft })
          .state,
    );
  assert.equal(make("6", "block"), "open");
  assert.equal(make("6.01", "block"), "INSUFFICIENT_BALANCE");
  assert.equal(make("6.01", "allow"), "open");
  assert.throws(() => make("0", "allow"), RangeError);
});

test("every case of a capture", () => {
  const cases: [
    name: string,
    balance: string,
    others: string,
    cost: string,
    options: { overdraft?: "allow"; keepsRest?: true; at?: number },
    outcome: string,
  ][] = [
    ["all of it", "10", "0", "6", {}, "captured 0, 6 spent, balance 4"],
    ["a part; the rest is free", "10", "0", "2", {}, "captured 0, 2 spent, balance 8"],
    ["a part; the rest is kept", "10", "0", "2", { keepsRest: true }, "open 4, 2 spent, balance 8"],
    ["nothing", "10", "0", "0", {}, "captured 0, 0 spent, balance 10"],
    ["more than was held", "10", "0", "8", {}, "captured 0, 8 spent, balance 2"],
    ["more, with the rest kept: there is none", "10", "0", "8", { keepsRest: true }, "captured 0, 8 spent, balance 2"],
    ["more than others leave", "10", "3", "8", {}, "INSUFFICIENT_BALANCE"],
    ["more, where overdrafts are allowed", "10", "3", "12", { overdraft: "allow" }, "captured 0, 12 spent, balance -2"],
    ["what was promised, though credits have gone since", "1", "0", "6", {}, "captured 0, 6 spent, balance -5"],
    ["too late", "10", "0", "6", { at: 100 }, "HOLD_ENDED"],
  ];
  for (const [name, balance, others, cost, { overdraft = "block", keepsRest = false, at = 1 }, expected] of cases) {
    const holds = [hold("a", "6"), ...(others === "0" ? [] : [hold("b", others)])];
    const outcome = tried(() => {
      const done = captureHold(wallet(balance), holds, {
        holdId: "a",
        cost: decimal(cost),
        causeId: "usage",
        at,
        overdraft,
        keepsRest,
      });
      const { state, amount, captured } = done.hold;
      return `${state} ${amount.toString()}, ${captured.toString()} spent, balance ${done.wallet.balance.toString()}`;
    });
    assert.equal(outcome, expected, name);
  }
});

test("an ended hold reserves nothing and can be neither captured nor released", () => {
  const holds = [
    hold("a", "6", { state: "captured" }),
    hold("b", "6", { state: "released" }),
    hold("c", "6", { expiresAt: 1 }),
  ];
  const capture = (holdId: string) =>
    tried(() =>
      captureHold(wallet("10"), holds, {
        holdId,
        cost: zero,
        causeId: "usage",
        at: 2,
        overdraft: "allow",
        keepsRest: false,
      }),
    );
  for (const id of ["a", "b", "c"]) assert.equal(capture(id), "HOLD_ENDED");
  assert.equal(capture("d"), "HOLD_NOT_FOUND");
  const release = (holdId: string) => tried(() => releaseHold(holds, { holdId, at: 2 }));
  assert.deepEqual([release("a"), release("c"), release("d")], ["HOLD_ENDED", "HOLD_ENDED", "HOLD_NOT_FOUND"]);
  assert.equal(release("b"), holds[1]);
  const released = releaseHold([hold("e", "6")], { holdId: "e", at: 2 });
  assert.deepEqual([released.state, released.amount.toString()], ["released", "0"]);
});

type Step = { type: "open" | "capture" | "release"; index: number; amount: number; keepsRest: boolean };

test("law: where overdrafts are blocked, holds never reserve more than there is, and a promise is always kept", () => {
  const anyStep: fc.Arbitrary<Step> = fc.record({
    type: fc.constantFrom<Step["type"]>("open", "capture", "release"),
    index: fc.nat(6),
    amount: fc.nat(12),
    keepsRest: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 25 }), (steps) => {
      let current = wallet("40");
      let holds: Hold[] = [];
      steps.forEach(({ type, index, amount, keepsRest }, at) => {
        const cost = decimal(String(amount));
        const held = holds[index];
        if (type === "open" && amount > 0) {
          const made = tried(() =>
            openHold(current, holds, {
              id: String(holds.length),
              amount: cost,
              expiresAt: at + 9,
              at,
              overdraft: "block",
            }),
          );
          if (typeof made !== "string") holds = [...holds, made];
        } else if (held !== undefined) {
          const isPromised = stateAt(held, at) === "open" && !cost.isGreaterThan(held.amount);
          const capture = { holdId: held.id, cost, causeId: "usage", at, overdraft: "block" as const, keepsRest };
          const done = tried(() =>
            type === "capture"
              ? captureHold(current, holds, capture)
              : { hold: releaseHold(holds, { holdId: held.id, at }), wallet: current },
          );
          if (type === "capture" && isPromised) assert.notEqual(typeof done, "string");
          if (typeof done !== "string") {
            current = done.wallet;
            holds = holds.map((each) => (each.id === held.id ? done.hold : each));
          }
        }
        assert.ok(!available(current, holds, at).isNegative());
        assert.ok(!heldAmount(holds, at).isGreaterThan(current.balance));
      });
    }),
    { numRuns: 500 },
  );
});

test("a hold keeps no credits from expiring", () => {
  const grant = {
    id: "g",
    amount: decimal("10"),
    kind: "paid" as const,
    priority: 0,
    effectiveAt: 0,
    expiresAt: 5,
    createdAt: 0,
  };
  const funded = addGrant(emptyWallet(currency("usd")), grant, 0).wallet;
  assert.equal(available(settleDue(funded, 5).wallet, [hold("a", "6")], 5).toString(), "-6");
});
