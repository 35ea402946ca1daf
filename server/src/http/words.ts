/** Amounts and instants as people read them. Amounts are exact: they are formatted from decimal text, never from floats. */
import type { Decimal } from "../../../core/decimal.ts";
import type { Denomination } from "../../../core/denomination.ts";
import { minorUnitDigits } from "../../../core/currency.ts";
import { fromMinorUnits } from "../../../core/minor-unit.ts";

const locale = "en-US";
/** The most that a format keeps; a price of a unit seldom has more than 12. */
const mostDigits = 20;

/** Example: 1234567 usd → "$12,345.67"; 500 jpy → "¥500". */
export function moneyOfCents(cents: number, currencyCode: string): string {
  return money(fromMinorUnits(BigInt(cents), currencyCode).toString(), currencyCode);
}

/** An exact amount with all its digits, at least those of the currency. Example: "0.00025" usd → "$0.00025". */
export function money(amount: string, currencyCode: string): string {
  const format = new Intl.NumberFormat(locale, {
    style: "currency",
    currency: currencyCode,
    minimumFractionDigits: minorUnitDigits(currencyCode),
    maximumFractionDigits: mostDigits,
  });
  return format.format(amount as `${number}`);
}

/** Example: "1234.5" → "1,234.5". */
export function quantity(amount: string): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: mostDigits }).format(amount as `${number}`);
}

/** Example: 12.5 tokens → "12.5 token". */
export function amountOf(amount: Decimal | string, { accountType, code }: Denomination): string {
  const text = amount.toString();
  return accountType === "currency" ? money(text, code) : `${quantity(text)} ${code.replaceAll("_", " ")}`;
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
