/**
 * What a subscription's invoice says, and what it settles in the wallets: everything that fell due since the invoice before.
 * A preview and a billing run call the same function; the run stores what it returns.
 *
 * In every denomination, to the last digit:
 *     lines and refunds = fees + what is missing to minimums + usage − what credits paid of it + debt from before
 * and each line is rounded once, half up to the minor unit, with its exact amount beside.
 */
import { schedulesOf } from "./billing-schedule.ts";
import { convert, conversionAt, type Conversion } from "./conversion.ts";
import { one, sum, zero, type Decimal } from "./decimal.ts";
import { compareDenominations, denominationKey, isSameDenomination, type Denomination } from "./denomination.ts";
import { BillingError } from "./errors.ts";
import { breakdown, type Breakdown } from "./explanation.ts";
import type { Ending, FeeBasis } from "./fee-basis.ts";
import { feesDue, type FeeLine, type FeeTerms } from "./fixed-fee.ts";
import { lineAmount } from "./invoice-totals.ts";
import { shortfalls } from "./minimum.ts";
import { chargesIn, chargesOf, type ClosedUsage, type UsageCharge } from "./period-charges.ts";
import type { Instant, Period, PeriodSchedule } from "./period.ts";
import type { PlanDocument } from "./plan.ts";
import { nothingSettled, paidByCredits, settleUsage, type Settled, type Settlement } from "./settlement.ts";
import type { Wallet } from "./wallet.ts";

export type InvoiceLine = {
  type: "fixed_fee" | "proration" | "usage" | "minimum_commitment";
  /** Of the fee, the price or the commitment; null for debt from before. */
  code: string | null;
  meterCode: string | null;
  denomination: Denomination;
  currencyCode: string;
  quantity: Decimal;
  /** In the currency, for one of `quantity`; null where no such amount makes the line, as with tiers. */
  unitAmount: Decimal | null;
  /** Exact, in the currency. */
  amount: Decimal;
  /** Rounded half up, in minor units. */
  amountMinor: Decimal;
  /** The time that the line is for. */
  period: Period;
  /** Of usage: what it came to and how, and what credits paid of it, in the price's denomination; the line is the rest. */
  usage: { charged: Decimal; paidByCredits: Decimal; breakdown: Breakdown } | null;
  /** How the denomination became the currency; null if it is the currency. */
  conversion: Conversion | null;
};

/** What the lines of an invoice come from. Whoever keeps it with the invoice can make the lines again and prove them. */
export type LineInputs = {
  plan: PlanDocument;
  /** Start, anchor and time zone; the plan says the intervals. */
  schedule: PeriodSchedule;
  history: readonly FeeBasis[];
  ending: Ending | null;
  /** The `at` of the subscription's invoice before; null if this is the first. */
  after: Instant | null;
  at: Instant;
  /** Every usage period that ended in `(after, at]`, oldest first, and the one that the subscription's end has cut. */
  usage: readonly ClosedUsage[];
  /** By `denominationKey`: what usage came to in earlier usage periods of the billing period, on invoices of before. */
  chargedEarlier?: ReadonlyMap<string, Decimal>;
  /** Into which amounts of pricing units are converted, by what is in force at `at`. */
  currencyCode: string;
  conversions: readonly Conversion[];
};

export type PeriodToInvoice = LineInputs & {
  /** The customer's wallets, settled to the present. */
  wallets: readonly Wallet[];
  /** By `denominationKey`: what usage has come to, for all of the customer's subscriptions, that is on no invoice and not in `usage`. */
  openCharges: ReadonlyMap<string, Decimal>;
  /** By `denominationKey`: what this invoice has settled already, if it was made before and extends its draft now. */
  settledBefore?: ReadonlyMap<string, Settled>;
  /** The invoice's id: what settlements name as their cause. */
  causeId: string;
  now: Instant;
};

/** Lines in one currency. */
export type InvoiceDraft = { currencyCode: string; lines: InvoiceLine[] };

export type PeriodInvoice = {
  /** One for each currency that has a line. */
  drafts: InvoiceDraft[];
  /**
   * What the subscription's end gives back of fees that were paid for longer, below zero; for credit notes against their invoices,
   * and on no draft.
   */
  refunds: InvoiceDraft[];
  /** The wallets that move, each with what the invoice has settled in it. */
  settlements: Settlement[];
  /** Denominations of usage without a conversion: nothing of them is invoiced or settled, and stays owed in the wallet. */
  unconverted: Denomination[];
};

/**
 * The invoice of everything that fell due in `(after, at]`.
 * Example: 20 a month in advance; 1,500 units at 0.01, credits of 10 → lines of 20 for the next month and of 5.
 * @throws CONVERSION_MISSING if a fee, or what is missing to a minimum, is in a pricing unit that cannot be converted: unlike
 * usage, it stands in no wallet, and would be lost.
 */
export function invoicePeriod(input: PeriodToInvoice): PeriodInvoice {
  const charges = input.usage.flatMap((closed) => chargesOf(input.plan, closed));
  const denominations = usageDenominations(input, charges);
  const settled = denominations.filter((each) => toCurrency(input, each) !== null);
  const settlements = new Map(settled.map((each) => [denominationKey(each), settlementOf(input, each, charges)]));

  const made = [...settlements.values()].filter((each) => each !== null);
  return {
    ...invoiceLines(
      input,
      made.map(({ wallet, settled: amounts }) => ({ denomination: wallet.denomination, settled: amounts })),
    ),
    settlements: made,
    unconverted: denominations.filter((each) => !settled.includes(each)),
  };
}

/** What an invoice has settled in a wallet. */
export type SettledIn = { denomination: Denomination; settled: Settled };

/** The lines of the same invoice, once it is known what it settles in the wallets. */
export function invoiceLines(
  input: LineInputs,
  settled: readonly SettledIn[],
): Pick<PeriodInvoice, "drafts" | "refunds"> {
  const charges = input.usage.flatMap((closed) => chargesOf(input.plan, closed));
  const denominations = inOrder([
    ...charges.map(({ price }) => price.denomination),
    ...settled.map(({ denomination }) => denomination),
  ]).filter((each) => toCurrency(input, each) !== null);
  const amounts = new Map(settled.map((each) => [denominationKey(each.denomination), each.settled]));

  const fees = feesDue(feeTerms(input), input);
  const isRefund = ({ kind, at }: FeeLine) => kind === "credit" && at === input.ending?.at;
  const lines = [
    ...fees.filter((each) => !isRefund(each)).map((each) => feeLine(input, each)),
    ...denominations.flatMap((each) => usageLines(input, each, charges, amounts.get(denominationKey(each)))),
    ...minimumLines(input, charges),
  ];
  return {
    drafts: byCurrency(lines),
    refunds: byCurrency(fees.filter(isRefund).map((each) => feeLine(input, each))),
  };
}

function byCurrency(lines: InvoiceLine[]): InvoiceDraft[] {
  const currencies = [...new Set(lines.map(({ currencyCode }) => currencyCode))].toSorted();
  return currencies.map((currencyCode) => ({
    currencyCode,
    lines: lines.filter((each) => each.currencyCode === currencyCode),
  }));
}

/** Those of the usage, and those of wallets that owe something all the same. */
function usageDenominations({ wallets, settledBefore }: PeriodToInvoice, charges: UsageCharge[]): Denomination[] {
  return inOrder([
    ...charges.map(({ price }) => price.denomination),
    ...wallets
      .map(({ denomination }) => denomination)
      .filter((each) => settledBefore?.has(denominationKey(each)) === true || owes(wallets, each)),
  ]);
}

/** Each once, in the order in which they are listed. */
function inOrder(all: Denomination[]): Denomination[] {
  return [...new Map(all.map((each) => [denominationKey(each), each])).values()].toSorted(compareDenominations);
}

function owes(wallets: readonly Wallet[], denomination: Denomination): boolean {
  return walletIn(wallets, denomination)?.balance.isNegative() === true;
}

function walletIn(wallets: readonly Wallet[], denomination: Denomination): Wallet | undefined {
  return wallets.find((each) => isSameDenomination(each.denomination, denomination));
}

function settlementOf(input: PeriodToInvoice, denomination: Denomination, charges: UsageCharge[]): Settlement | null {
  const wallet = walletIn(input.wallets, denomination);
  // What was charged nothing may have no wallet.
  if (wallet === undefined) return null;
  const key = denominationKey(denomination);
  return settleUsage(wallet, {
    charged: sum(chargesIn(charges, denomination).map(({ charged }) => charged)),
    openCharges: input.openCharges.get(key) ?? zero,
    before: input.settledBefore?.get(key) ?? nothingSettled,
    causeId: input.causeId,
    at: input.now,
  });
}

function usageLines(
  input: LineInputs,
  denomination: Denomination,
  charges: UsageCharge[],
  { usage: owed, carried }: Settled = nothingSettled,
): InvoiceLine[] {
  const own = chargesIn(charges, denomination);
  const paid = paidByCredits(
    own.map(({ charged }) => charged),
    owed,
  );
  const lines = own.map(({ price, period, readings, charged }, index) => {
    const byCredits = paid[index] ?? zero;
    const amount = charged.minus(byCredits);
    const quantity = sum(readings.map(({ state }) => state.quantity));
    const usage = { charged, paidByCredits: byCredits, breakdown: breakdown(price, readings) };
    const { code, meterCode } = price;
    return lineOf(input, {
      type: "usage",
      code,
      meterCode,
      denomination,
      quantity,
      unitAmount: null,
      amount,
      period,
      usage,
    });
  });
  const last = input.usage.at(-1)?.period ?? { startsAt: input.after ?? input.at, endsAt: input.at };
  if (carried.isZero()) return lines;
  const debt = { quantity: one, unitAmount: carried, amount: carried, period: last, usage: null };
  return [...lines, lineOf(input, { type: "usage", code: null, meterCode: null, denomination, ...debt })];
}

function feeLine(input: LineInputs, { fee, kind, quantity, unitAmount, amount, period }: FeeLine): InvoiceLine {
  return lineOf(input, {
    type: kind === "fee" ? "fixed_fee" : "proration",
    code: fee.code,
    meterCode: null,
    denomination: fee.denomination,
    quantity,
    unitAmount,
    amount,
    period,
    usage: null,
  });
}

function minimumLines(input: LineInputs, charges: UsageCharge[]): InvoiceLine[] {
  const { plan, usage, after, at, chargedEarlier } = input;
  const schedules = schedulesOf(plan, input.schedule);
  const periods = usage.map(({ period }) => period);
  return shortfalls({ plan, schedules, feeTerms: feeTerms(input), after, at, periods, charges, chargedEarlier }).map(
    (each) =>
      lineOf(input, { ...each, type: "minimum_commitment", quantity: one, unitAmount: each.amount, usage: null }),
  );
}

function feeTerms({ plan, schedule, history, ending }: LineInputs): FeeTerms {
  return { fees: plan.fixedFees, schedule: schedulesOf(plan, schedule).billing, history, ending };
}

type LineInDenomination = Omit<InvoiceLine, "currencyCode" | "amountMinor" | "conversion">;

/** @throws CONVERSION_MISSING */
function lineOf(input: LineInputs, line: LineInDenomination): InvoiceLine {
  const into = toCurrency(input, line.denomination);
  if (into === null) {
    throw new BillingError("CONVERSION_MISSING", { details: { pricing_unit_code: line.denomination.code } });
  }
  const { currencyCode, conversion } = into;
  const inCurrency = (amount: Decimal) => (conversion === null ? amount : convert(amount, conversion));
  const { amount, amountMinor } = lineAmount({ quantity: one, unitAmount: inCurrency(line.amount), currencyCode });
  const unitAmount = line.unitAmount === null ? null : inCurrency(line.unitAmount);
  return { ...line, unitAmount, amount, amountMinor, currencyCode, conversion };
}

function toCurrency(
  { conversions, currencyCode, at }: LineInputs,
  { accountType, code }: Denomination,
): { currencyCode: string; conversion: Conversion | null } | null {
  if (accountType === "currency") return { currencyCode: code, conversion: null };
  const conversion = conversionAt(conversions, { pricingUnitCode: code, currencyCode, instant: at });
  return conversion === null ? null : { currencyCode, conversion };
}
