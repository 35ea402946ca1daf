import { minorUnitDigits } from "../../../core/currency.ts";
import { formatMinorUnits } from "../../../core/minor-unit.ts";

type Denominated = { currency_code?: string | null; pricing_unit_code?: string | null };

/** Whole minor units as people read them: 123450 usd → "1,234.50 USD". */
export function showCents(cents: number, currencyCode: string): string {
  return formatMinorUnits(BigInt(cents), currencyCode);
}

/** An exact amount with every digit that the API gives, and what it is of: "-1234.5" usd → "-1,234.50 USD"; "12" token → "12 token". */
export function showAmount(amount: string, { currency_code, pricing_unit_code }: Denominated): string {
  if (currency_code) return `${showNumber(amount, minorUnitDigits(currency_code))} ${currency_code.toUpperCase()}`;
  return `${showNumber(amount, 0)} ${pricing_unit_code ?? ""}`.trimEnd();
}

/** A decimal's text with its thousands apart and at least so many digits after the point; no digit is changed. */
export function showNumber(text: string, minimumDigits = 0): string {
  const [, sign = "", whole = text, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const digits = fraction.padEnd(minimumDigits, "0");
  return `${sign}${whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",")}${digits === "" ? "" : `.${digits}`}`;
}

/** "1 invoice", "1,200 invoices". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** What somebody typed as an amount of a currency, in whole minor units; null if it is none, or has more digits than the currency. */
export function readCents(text: string, currencyCode: string): number | null {
  const digits = minorUnitDigits(currencyCode);
  const [, whole, fraction = ""] = /^(\d{1,12})(?:\.(\d+))?$/.exec(text.trim()) ?? [];
  if (whole === undefined || fraction.length > digits) return null;
  return Number.parseInt(whole + fraction.padEnd(digits, "0"), 10);
}
