/** Amounts and instants as people read them. Amounts are exact: they are formatted from decimal text, never from floats. */
import type { Decimal } from "../../../core/decimal.ts";
import type { Denomination } from "../../../core/denomination.ts";
import { minorUnitDigits } from "../../../core/currency.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";
import type { Period, Share } from "../../../core/period.ts";

const locale = "en-US";
/** The most that a format keeps; a price of a unit seldom has more than 12. */
const mostDigits = 20;
const dayMs = 86_400_000;

/** Example: 1234567 usd → "$12,345.67"; 500 jpy → "¥500". */
export function moneyOfCents(cents: number, currencyCode: string): string {
  return money(fromMinorUnits(BigInt(cents), currencyCode).toString(), currencyCode);
}

/**
 * An exact amount with all its digits, at least those of the currency; or with `decimals`, so many, and still at least those of the currency.
 * Example: "0.00025" usd → "$0.00025"; "5" usd with 3 decimals → "$5.000".
 */
export function money(amount: string, currencyCode: string, decimals?: number): string {
  const least = Math.max(minorUnitDigits(currencyCode), decimals ?? 0);
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: currencyCode,
    minimumFractionDigits: least,
    maximumFractionDigits: decimals === undefined ? mostDigits : least,
  });
  return format.format(amount as `${number}`);
}

/** With all its digits, or with `decimals` of them. Example: "1234.5" → "1,234.5". */
export function quantity(amount: string, decimals?: number): string {
  const format = new Intl.NumberFormat(locale, {
    minimumFractionDigits: decimals ?? 0,
    maximumFractionDigits: decimals ?? mostDigits,
  });
  return format.format(amount as `${number}`);
}

/** Example: 12.5 tokens → "12.5 token". */
export function amountOf(amount: Decimal | string, { accountType, code }: Denomination, decimals?: number): string {
  const text = amount.toString();
  return accountType === "currency"
    ? money(text, code, decimals)
    : `${quantity(text, decimals)} ${code.replaceAll("_", " ")}`;
}

/** The calendar day of an instant in a time zone. Example: "March 10, 2026". */
export function day(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone }).format(instant);
}

/** Example: "Mar 10, 2026, 09:30". */
export function moment(instant: Date, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    hourCycle: "h23",
    timeZone,
  }).format(instant);
}

/** The days of a period, of which the end is not part. Example: "Mar 1 – Mar 31, 2026". */
export function periodOf(start: Date, end: Date, timeZone: string): string {
  const last = new Date(Math.max(start.getTime(), end.getTime() - 1));
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone }).formatRange(start, last);
}

/**
 * How much of a period a part of it is. In days to a tenth, which the hour of a clock change does not reach: the amount itself is prorated to the
 * millisecond. Example: "22 of 31 days"; from noon on, "about 21.5 of 31 days".
 */
export function daysOf({ part, whole }: Share): string {
  const days = daysIn(part);
  return `${days.includes(".") ? "about " : ""}${days} of ${daysIn(whole)} days`;
}

function daysIn({ startsAt, endsAt }: Period): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format((endsAt - startsAt) / dayMs);
}
