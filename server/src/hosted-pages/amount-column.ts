import type { Decimal } from "../../../core/decimal.ts";
import type { Denomination } from "../../../core/denomination.ts";
import { html, type Html } from "../http/html.ts";
import { amountOf } from "../http/words.ts";

/** A price of a millionth is real; digits beyond that come of divisions, as of time, and nobody reads them. */
const mostDecimals = 6;

/**
 * How to write amounts of one denomination below each other: exact, all with as many decimals as the longest of `amounts` and at least
 * the currency's, so that the points stand in one line and every sum is that of its rows. Never rounded to cents: an event often costs less
 * than one. What has more than six decimals is rounded to six, and has its exact amount as its title.
 * Example: -0.625 and 4 usd → "-$0.625" and "$4.000".
 */
export function amountColumn(amounts: Decimal[], denomination: Denomination): (amount: Decimal) => Html {
  const decimals = Math.min(mostDecimals, Math.max(...amounts.map(decimalsOf)));
  return (amount) => {
    const shown = amountOf(amount, denomination, decimals);
    return decimalsOf(amount) > mostDecimals
      ? html`<span title="${amountOf(amount, denomination)}">${shown}</span>`
      : html`${shown}`;
  };
}

/** How many digits stand behind the point. Example: 0.625 → 3. */
export function decimalsOf(amount: Decimal): number {
  return amount.toString().split(".")[1]?.length ?? 0;
}
