/**
 * A customer with one subscription, billed by the rules of core alone: what a server does with rows, done in memory. It loads
 * nothing, so it shows what the functions need of each other.
 */
import { schedulesOf } from "../billing-schedule.ts";
import { emptyCounter } from "../counter.ts";
import { sum, zero, type Decimal } from "../decimal.ts";
import { denominationKey } from "../denomination.ts";
import { basisAt, changeInstant, type Ending, type FeeBasis } from "../fee-basis.ts";
import type { Meter, UsageEvent } from "../meter.ts";
import { chargedUsage, type ClosedUsage } from "../period-charges.ts";
import { invoicePeriod, type InvoiceDraft, type InvoiceLine } from "../period-invoice.ts";
import { periodContaining, type Instant, type Period, type PeriodSchedule } from "../period.ts";
import type { PlanDocument } from "../plan.ts";
import type { Reading } from "../pricing.ts";
import type { RatedSubscription } from "../rating.ts";
import { leftOverOf, renewGrants } from "../recurring-grant.ts";
import { emptyReplayMemory, rerate, type ReplayStep } from "../replay.ts";
import {
  decide,
  nextDue,
  takeEffect,
  trialEnd,
  type Due,
  type SubscriptionCommand,
  type SubscriptionState,
} from "../subscription.ts";
import { addEndedGrant, addGrant, applyUsage, settleDue, type LedgerEntry, type Wallet } from "../wallet.ts";

export type LifeInvoice = { at: Instant; lines: InvoiceLine[]; refunds: InvoiceLine[] };

export class BilledLife {
  readonly invoices: LifeInvoice[] = [];
  readonly entries: LedgerEntry[] = [];
  state: SubscriptionState;
  wallet: Wallet;
  /** What events cost. */
  cost: Decimal = zero;
  private readonly memory = emptyReplayMemory();
  private readonly history: FeeBasis[];
  private readonly schedules;
  private readonly subscribed: { plan: PlanDocument; meters: Meter[]; schedule: PeriodSchedule };
  private after: Instant | null = null;
  private grantIds = new Map<string, Set<string>>();
  private eventCount = 0;

  constructor(of: {
    plan: PlanDocument;
    meters: Meter[];
    schedule: PeriodSchedule;
    seatCount: Decimal;
    wallet: Wallet;
  }) {
    const { plan, schedule, seatCount, wallet } = of;
    const { startsAt } = schedule;
    this.subscribed = of;
    this.wallet = wallet;
    this.schedules = schedulesOf(plan, schedule);
    const period = periodContaining(this.schedules.billing, startsAt);
    const trialEndsAt = trialEnd(startsAt, plan.trialDays ?? 0, schedule.timeZone);
    const from = { seatCount, isBilled: trialEndsAt === null };
    this.history = [{ from: startsAt, ...from }];
    if (trialEndsAt !== null) this.history.push({ from: trialEndsAt, seatCount, isBilled: true });
    this.state = {
      status: trialEndsAt === null ? "active" : "trialing",
      activatesAt: null,
      trialEndsAt,
      period,
      step: periodContaining(this.schedules.step, startsAt),
      scheduledPlanCode: null,
      endsAt: null,
      canceledAt: null,
      endedAt: null,
      pausedAt: null,
    };
    this.invoice(startsAt, [], null, startsAt);
    this.renew(period, startsAt);
  }

  /** Everything that is due by `now`, in order, by a worker that looks at `now`. */
  work(now: Instant): void {
    this.settle(now);
    for (let due = nextDue(this.state); due !== null && due.at <= now; due = nextDue(this.state)) this.take(due, now);
  }

  use(event: UsageEvent): void {
    const { plan, meters } = this.subscribed;
    const subscription: RatedSubscription = {
      id: "s",
      startsAt: this.subscribed.schedule.startsAt,
      endsAt: this.state.endedAt,
      hasEnded: this.state.endedAt !== null,
      schedule: this.schedules.usage,
      currentPeriod: periodContaining(this.schedules.usage, event.timestamp),
      closedUntil: this.after,
      plan,
    };
    const step: ReplayStep = { type: "usage", id: String(this.eventCount++), event, subscriptions: [subscription] };
    this.settle(event.timestamp);
    for (const { rating } of rerate([step], meters, this.memory)) {
      const cost = sum(rating.costs.map(({ amount }) => amount));
      this.cost = this.cost.plus(cost);
      this.keep(applyUsage(this.wallet, { cost, causeId: step.id, at: event.timestamp }));
    }
  }

  setSeats(seatCount: Decimal, now: Instant): void {
    const at = changeInstant(now, this.after);
    this.state = decide(this.state, { type: "change_seats" }, at);
    this.change({ ...(basisAt(this.history, at) as FeeBasis), from: at, seatCount });
  }

  pause(now: Instant): void {
    const at = changeInstant(now, this.after);
    this.state = decide(this.state, { type: "pause" }, at);
    this.change({ ...(basisAt(this.history, at) as FeeBasis), from: at, isBilled: false });
  }

  resume(now: Instant): void {
    const at = changeInstant(now, this.after);
    this.state = decide(this.state, { type: "resume" }, at);
    const isBilled = this.state.status !== "trialing";
    this.change({ ...(basisAt(this.history, at) as FeeBasis), from: at, isBilled });
  }

  /** A cancellation or plan change. */
  end(command: SubscriptionCommand, now: Instant, isCredited = true): void {
    const at = changeInstant(now, this.after);
    this.state = decide(this.state, command, at);
    if (this.state.endedAt === at) this.close(at, { at, isCredited }, at);
  }

  private take(due: Due, now: Instant): void {
    const isEnd = due.type === "cancellation" || due.type === "plan_change";
    if (isEnd) this.close(due.at, { at: due.at, isCredited: true }, now);
    else if (due.type === "trial_end") this.invoice(due.at, [], null, now);
    else this.close(due.at, null, now);
    this.state = takeEffect(this.state, due, this.schedules);
    if (due.type === "renewal") this.renew(this.state.period, now);
  }

  private close(at: Instant, ending: Ending | null, now: Instant): void {
    const period = periodContaining(this.schedules.usage, at - 1);
    const isClosed = period.endsAt === at || ending !== null;
    this.invoice(at, isClosed ? [this.usageOf(period)] : [], ending, now);
  }

  private invoice(at: Instant, usage: ClosedUsage[], ending: Ending | null, now: Instant): void {
    const { plan, schedule } = this.subscribed;
    const { drafts, refunds, settlements } = invoicePeriod({
      plan,
      schedule,
      history: this.history,
      ending,
      after: this.after,
      at,
      usage,
      wallets: [this.wallet],
      openCharges: this.openFrom(usage[0] === undefined ? (this.after ?? at) : usage[0].period.endsAt),
      currencyCode: "usd",
      conversions: [],
      causeId: `invoice ${at}`,
      now,
    });
    for (const settlement of settlements) this.keep(settlement);
    const linesOf = (each: InvoiceDraft[]) => each.flatMap(({ lines }) => lines);
    this.invoices.push({ at, lines: linesOf(drafts), refunds: linesOf(refunds) });
    this.after = at;
  }

  /** What is on no invoice: usage of the period that holds `from`, and of all later ones. */
  private openFrom(from: Instant): Map<string, Decimal> {
    const { startsAt } = periodContaining(this.schedules.usage, from);
    return new Map([[denominationKey(this.wallet.denomination), this.charged({ startsAt, endsAt: Infinity })]]);
  }

  /** What usage of all usage periods that begin in `within` has come to. */
  private charged({ startsAt, endsAt }: Period): Decimal {
    const key = denominationKey(this.wallet.denomination);
    const starts = new Set([...this.memory.counterIds.values()].map(({ periodStartsAt }) => periodStartsAt));
    const counted = [...starts].filter((each) => each >= startsAt && each < endsAt);
    return sum(
      counted.map((each) => {
        const usage = this.usageOf(periodContaining(this.schedules.usage, each));
        return chargedUsage(this.subscribed.plan, usage).get(key) ?? zero;
      }),
    );
  }

  private usageOf(period: Period): ClosedUsage {
    const readings = new Map<string, Reading[]>();
    for (const [key, { priceCode, dimension, periodStartsAt, windowStartsAt }] of this.memory.counterIds) {
      if (periodStartsAt !== period.startsAt || windowStartsAt !== null) continue;
      const state = this.memory.counters.get(key) ?? emptyCounter;
      readings.set(priceCode, [...(readings.get(priceCode) ?? []), { dimension, state }]);
    }
    return { period, readings };
  }

  private renew(period: Period, now: Instant): void {
    const { recurringGrants = [] } = this.subscribed.plan;
    const leftOver = new Map([...this.grantIds].map(([code, ids]) => [code, leftOverOf(this.entries, ids)]));
    const seatCount = basisAt(this.history, period.startsAt)?.seatCount ?? zero;
    this.grantIds = new Map(recurringGrants.map(({ code }) => [code, new Set()]));
    let payable = this.charged(period);
    for (const due of renewGrants(recurringGrants, { period, seatCount, leftOver })) {
      const grant = { ...due, id: due.key, createdAt: now };
      const isOver = grant.expiresAt !== null && grant.expiresAt <= now;
      const given = isOver
        ? addEndedGrant(this.wallet, grant, { payable, at: now })
        : addGrant(this.wallet, grant, now);
      this.keep(given);
      payable = payable.minus(given.entries[0]?.draws[0]?.amount ?? zero);
      this.grantIds.get(due.code)?.add(due.key);
    }
  }

  private change(basis: FeeBasis): void {
    const later = this.history.filter(({ from }) => from > basis.from);
    this.history.splice(0, this.history.length, ...this.history.filter(({ from }) => from <= basis.from), basis);
    // A trial's end is ahead of the present, and comes whatever the seats are then.
    this.history.push(...later.map((each) => ({ ...each, seatCount: basis.seatCount })));
  }

  private settle(at: Instant): void {
    this.keep(settleDue(this.wallet, at));
  }

  private keep({ wallet, entries }: { wallet: Wallet; entries: LedgerEntry[] }): void {
    this.wallet = wallet;
    this.entries.push(...entries);
  }
}
