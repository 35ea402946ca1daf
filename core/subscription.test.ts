import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BillingError } from "./errors.ts";
import { periodContaining, recurring, type PeriodSchedule } from "./period.ts";
import {
  decide,
  nextDue,
  statusAt,
  takeEffect,
  trialEnd,
  type SubscriptionCommand,
  type SubscriptionState,
} from "./subscription.ts";
import { at, period, written } from "./test/time.ts";

const april = period("2026-04-01", "2026-05-01");
const active: SubscriptionState = {
  status: "active",
  activatesAt: null,
  trialEndsAt: null,
  period: april,
  step: april,
  scheduledPlanCode: null,
  endsAt: null,
  canceledAt: null,
  endedAt: null,
  pausedAt: null,
};
const pending: SubscriptionState = { ...active, status: "pending" };
const trialing: SubscriptionState = { ...active, status: "trialing", trialEndsAt: at("2026-04-15") };
const pastDue: SubscriptionState = { ...active, status: "past_due" };
const canceled: SubscriptionState = {
  ...active,
  status: "canceled",
  endsAt: at("2026-04-08"),
  canceledAt: at("2026-04-08"),
  endedAt: at("2026-04-08"),
};
const leaving: SubscriptionState = { ...active, endsAt: april.endsAt, canceledAt: at("2026-04-05") };
const moving: SubscriptionState = { ...active, endsAt: april.endsAt, scheduledPlanCode: "pro" };
const paused: SubscriptionState = { ...active, pausedAt: at("2026-04-05") };

const now = at("2026-04-10");
const cancelNow: SubscriptionCommand = { type: "cancel", timing: "now" };
const cancelLater: SubscriptionCommand = { type: "cancel", timing: "end_of_period" };
const changeNow: SubscriptionCommand = { type: "change_plan", timing: "now", planCode: "basic", targetPlanCode: "pro" };
const changeLater: SubscriptionCommand = { ...changeNow, timing: "end_of_period" };

/** What is worth saying of a state, or the code of the refusal. */
function outcome(state: SubscriptionState, command: SubscriptionCommand): string {
  try {
    return described(decide(state, command, now));
  } catch (error) {
    if (error instanceof BillingError) return error.code;
    throw error;
  }
}

function described(state: SubscriptionState): string {
  const { status, endsAt, canceledAt, endedAt, scheduledPlanCode, pausedAt } = state;
  const facts = [
    ...(scheduledPlanCode === null ? [] : [`to ${scheduledPlanCode}`]),
    ...(endsAt === null ? [] : [`ends ${written(endsAt)}`]),
    ...(canceledAt === null ? [] : [`canceled ${written(canceledAt)}`]),
    ...(endedAt === null ? [] : [`ended ${written(endedAt)}`]),
    ...(pausedAt === null ? [] : [`paused ${written(pausedAt)}`]),
  ];
  return [status, ...facts].join(", ");
}

test("every command in every state", () => {
  const endedNow = "canceled, ends 2026-04-10, canceled 2026-04-10, ended 2026-04-10";
  const movedNow = `canceled, to pro, ends 2026-04-10, canceled 2026-04-10, ended 2026-04-10`;
  const before = described(canceled);
  const cases: [name: string, state: SubscriptionState, command: SubscriptionCommand, outcome: string][] = [
    ["pending becomes active", pending, { type: "activate" }, "active"],
    ["pending becomes trialing", pending, { type: "activate", trialEndsAt: at("2026-04-24") }, "trialing"],
    ["a trial that is over by then is none", pending, { type: "activate", trialEndsAt: now }, "active"],
    ["a trial is ended", trialing, { type: "activate" }, "active"],
    ["past due is cleared", pastDue, { type: "activate" }, "active"],
    ["active stays so", active, { type: "activate" }, "active"],
    ["nothing revives", canceled, { type: "activate" }, "SUBSCRIPTION_ENDED"],

    ["what never began never ended", pending, cancelNow, "canceled, canceled 2026-04-10"],
    ["nor at the period's end", pending, cancelLater, "canceled, canceled 2026-04-10"],
    ["active ends now", active, cancelNow, endedNow],
    ["a trial ends now", trialing, cancelNow, endedNow],
    ["past due ends now", pastDue, cancelNow, endedNow],
    ["paused ends now", paused, cancelNow, endedNow],
    ["a scheduled end comes sooner", leaving, cancelNow, endedNow],
    ["a scheduled change is given up", moving, cancelNow, endedNow],
    ["active ends with its period", active, cancelLater, "active, ends 2026-05-01, canceled 2026-04-10"],
    ["a trial ends with itself", trialing, cancelLater, "trialing, ends 2026-04-15, canceled 2026-04-10"],
    ["the second time changes nothing", leaving, cancelLater, "active, ends 2026-05-01, canceled 2026-04-05"],
    ["a cancellation replaces a change", moving, cancelLater, "active, ends 2026-05-01, canceled 2026-04-10"],
    ["ended stays as it ended", canceled, cancelNow, before],

    ["a change now ends it", active, changeNow, movedNow],
    ["and a trial", trialing, changeNow, movedNow],
    ["a change later", active, changeLater, "active, to pro, ends 2026-05-01"],
    ["a change replaces a cancellation", leaving, changeLater, "active, to pro, ends 2026-05-01"],
    ["pending has no plan to change", pending, changeNow, "SUBSCRIPTION_PENDING"],
    ["to the same plan", active, { ...changeNow, targetPlanCode: "basic" }, "PLAN_UNCHANGED"],
    ["ended has none either", canceled, changeLater, "SUBSCRIPTION_ENDED"],

    ["a cancellation is taken back", leaving, { type: "keep" }, "active"],
    ["and a change", moving, { type: "keep" }, "active"],
    ["but not an end", canceled, { type: "keep" }, "SUBSCRIPTION_ENDED"],
    ["nothing is there to take back", active, { type: "keep" }, "active"],

    ["a pause", active, { type: "pause" }, "active, paused 2026-04-10"],
    ["a pause twice", paused, { type: "pause" }, "active, paused 2026-04-05"],
    ["no pause before the start", pending, { type: "pause" }, "SUBSCRIPTION_PENDING"],
    ["resumed", paused, { type: "resume" }, "active"],
    ["seats may change until the end", pastDue, { type: "change_seats" }, "past_due"],
    ["and not after", canceled, { type: "change_seats" }, "SUBSCRIPTION_ENDED"],

    ["overdue", active, { type: "mark_past_due" }, "past_due"],
    ["a trial owes nothing", trialing, { type: "mark_past_due" }, "trialing"],
    ["paid", pastDue, { type: "mark_paid" }, "active"],
    ["paid all along", active, { type: "mark_paid" }, "active"],
  ];
  for (const [name, state, command, expected] of cases) assert.equal(outcome(state, command), expected, name);
  assert.equal(decide(trialing, { type: "activate" }, now).trialEndsAt, now);
});

test("what falls due first, and when", () => {
  const inYear = { ...active, period: period("2026-01-01", "2027-01-01") };
  const ahead = { ...pending, activatesAt: at("2026-04-20") };
  const closes = at("2026-04-02");
  const cases: [name: string, state: SubscriptionState, draftClosesAt: number | null, due: string | null][] = [
    ["a renewal", active, null, "renewal 2026-05-01"],
    ["a month of a year", inYear, null, "billing 2026-05-01"],
    ["a trial's end", trialing, null, "trial_end 2026-04-15"],
    ["an activation", ahead, null, "activation 2026-04-20"],
    ["nothing while it waits", pending, null, null],
    ["an end instead of a renewal", leaving, null, "cancellation 2026-05-01"],
    ["a change instead of a renewal", moving, null, "plan_change 2026-05-01"],
    ["a trial that ends in its end", { ...trialing, endsAt: at("2026-04-15") }, null, "cancellation 2026-04-15"],
    ["a draft that closes", active, closes, "invoice_closing 2026-04-02"],
    ["a draft first, at one instant", active, april.endsAt, "invoice_closing 2026-05-01"],
    ["a draft after the end", canceled, at("2026-05-02"), "invoice_closing 2026-05-02"],
    ["nothing after the end", canceled, null, null],
  ];
  for (const [name, state, draftClosesAt, expected] of cases) {
    const due = nextDue(state, draftClosesAt);
    assert.equal(due && `${due.type} ${written(due.at)}`, expected, name);
  }
});

test("a trial lasts whole days on the customer's calendar, also when the clocks change", () => {
  const end = trialEnd(at("2026-03-20T14:00"), 14, "Europe/Berlin");
  assert.equal(written(end ?? 0), "2026-04-03T13:00");
  assert.equal(trialEnd(now, 0, "UTC"), null);
});

const anyCommand: fc.Arbitrary<SubscriptionCommand> = fc.constantFrom<SubscriptionCommand>(
  { type: "activate" },
  cancelNow,
  cancelLater,
  changeNow,
  changeLater,
  { type: "keep" },
  { type: "change_seats" },
  { type: "pause" },
  { type: "resume" },
  { type: "mark_past_due" },
  { type: "mark_paid" },
);

test("law: whatever is asked and however time passes, an end is for ever, and time goes on", () => {
  const start = at("2026-01-31");
  const billing: PeriodSchedule = {
    startsAt: start,
    anchorDay: 31,
    timeZone: "America/Sao_Paulo",
    interval: "quarter",
    intervalCount: 1,
  };
  const step = recurring(billing, { interval: "month", intervalCount: 1 });
  const initial: SubscriptionState = {
    ...pending,
    period: periodContaining(billing, start),
    step: periodContaining(step, start),
  };
  const beginnings: SubscriptionState[] = [
    initial,
    { ...initial, activatesAt: start },
    { ...initial, activatesAt: start, trialEndsAt: start + 20 * 86_400_000 },
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...beginnings),
      fc.array(fc.tuple(fc.nat(60), fc.option(anyCommand)), { maxLength: 20 }),
      (beginning, moves) => {
        let state = beginning;
        let present = start;
        for (const [days, command] of moves) {
          present += days * 86_400_000;
          const promised = statusAt(state, present);
          for (let due = nextDue(state); due !== null && due.at <= present; due = nextDue(state)) {
            const after = takeEffect(state, due, { billing, step });
            assert.equal(after.status, statusAt(state, due.at), "what is true by time is what is written down");
            const later = nextDue(after);
            assert.ok(later === null || later.at > due.at || later.type !== due.type);
            assert.ok(later === null || later.at >= due.at);
            state = after;
            assert.ok(state.period.startsAt <= state.step.startsAt && state.step.endsAt <= state.period.endsAt);
          }
          assert.equal(state.status, promised);
          if (command === null) continue;
          const before = state;
          try {
            state = decide(state, command, present);
          } catch (error) {
            assert.ok(error instanceof BillingError);
          }
          if (before.status === "canceled") assert.equal(state, before);
          if (state.status === "canceled") {
            assert.equal(nextDue(state), null);
            assert.notEqual(state.canceledAt ?? state.endedAt, null);
          } else assert.equal(state.endedAt, null);
        }
      },
    ),
    { numRuns: 500 },
  );
});
