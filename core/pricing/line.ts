import { sum, type Decimal } from "../decimal.ts";

/** A part of a charge, for people to follow it. The amounts of all lines add up to the charge, to the last digit. */
export type ChargeLine = {
  kind: ChargeLineKind;
  /** The tier's number, from 1; null where the model has none. */
  tier: number | null;
  /** The tier's range: more than `from`, up to and including `upTo`; null is open. */
  from: Decimal | null;
  upTo: Decimal | null;
  quantity: Decimal;
  /** `quantity · unitAmount = amount`; null where the amount comes of no multiplication. */
  unitAmount: Decimal | null;
  amount: Decimal;
};

/**
 * `included`: units that cost nothing. `units`, `packages`: what they cost. `rate`: a part of an amount, its quantity.
 * `flat_fee`: once for a tier. `event_fee`: the same for every event. `event_amounts`: what events cost each on its own.
 * `maximum`: what the price's maximum takes off.
 */
export type ChargeLineKind =
  | "included"
  | "units"
  | "packages"
  | "rate"
  | "flat_fee"
  | "event_fee"
  | "event_amounts"
  | "maximum";

type Range = { tier: number; from: Decimal | null; upTo: Decimal | null };

/** A line whose amount is its quantity times a unit amount. */
export function productLine(
  kind: ChargeLineKind,
  quantity: Decimal,
  unitAmount: Decimal,
  range: Range | null = null,
): ChargeLine {
  return lineOf(kind, range, { quantity, unitAmount, amount: quantity.times(unitAmount) });
}

/** A line whose amount is what it is. */
export function amountLine(
  kind: ChargeLineKind,
  quantity: Decimal,
  amount: Decimal,
  range: Range | null = null,
): ChargeLine {
  return lineOf(kind, range, { quantity, unitAmount: null, amount });
}

/** What all lines come to. */
export function totalOf(lines: readonly ChargeLine[]): Decimal {
  return sum(lines.map(({ amount }) => amount));
}

/**
 * The lines by which a charge grew or fell: every line after less the same line before, without those that did not change.
 * Example: a graduated charge from 8 to 12 units, a tier ending at 10 → 2 units of the first tier and 2 of the second.
 */
export function differenceOf(before: readonly ChargeLine[], after: readonly ChargeLine[]): ChargeLine[] {
  const lines = new Map<string, ChargeLine>();
  for (const line of [...before.map(negated), ...after]) {
    const same = lines.get(keyOf(line));
    lines.set(keyOf(line), same === undefined ? line : together(same, line));
  }
  return [...lines.values()]
    .filter(({ quantity, amount }) => !quantity.isZero() || !amount.isZero())
    .toSorted((a, b) => (a.tier ?? 0) - (b.tier ?? 0));
}

function keyOf({ kind, tier, unitAmount }: ChargeLine): string {
  return `${kind}|${tier ?? ""}|${unitAmount?.toString() ?? ""}`;
}

function negated(line: ChargeLine): ChargeLine {
  return { ...line, quantity: line.quantity.negated(), amount: line.amount.negated() };
}

function together(a: ChargeLine, b: ChargeLine): ChargeLine {
  return { ...a, quantity: a.quantity.plus(b.quantity), amount: a.amount.plus(b.amount) };
}

function lineOf(
  kind: ChargeLineKind,
  range: Range | null,
  content: Pick<ChargeLine, "quantity" | "unitAmount" | "amount">,
): ChargeLine {
  return { kind, tier: range?.tier ?? null, from: range?.from ?? null, upTo: range?.upTo ?? null, ...content };
}
