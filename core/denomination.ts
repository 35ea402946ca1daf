/** What a wallet, a price or a cost is counted in: a currency, or a pricing unit that a company made up (`token`, `credit`). */
export type Denomination = {
  accountType: AccountType;
  /** A lower-case ISO 4217 code for a currency, the pricing unit's own code otherwise. */
  code: string;
};

export type AccountType = "currency" | "pricing_unit";

export function currency(code: string): Denomination {
  return { accountType: "currency", code };
}

export function pricingUnit(code: string): Denomination {
  return { accountType: "pricing_unit", code };
}

/** One text per denomination, fit for the keys of a map. Example: "currency:usd". No code contains a colon. */
export function denominationKey({ accountType, code }: Denomination): string {
  return `${accountType}:${code}`;
}

/** The denomination that `denominationKey` has made a text of. */
export function denominationOfKey(key: string): Denomination {
  const [accountType, code = ""] = key.split(":");
  return { accountType: accountType as AccountType, code };
}

export function isSameDenomination(a: Denomination, b: Denomination): boolean {
  return a.code === b.code && a.accountType === b.accountType;
}

/** The order in which balances and costs are listed: currencies before pricing units, then by code. For `sort`. */
export function compareDenominations(a: Denomination, b: Denomination): -1 | 0 | 1 {
  return compareText(a.accountType, b.accountType) || compareText(a.code, b.code);
}

/** By code unit and not by locale, so that the order is the same on every machine. */
function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
