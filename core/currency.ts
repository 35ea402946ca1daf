/**
 * The currencies that money can be held in: every code of ISO 4217 that has a minor unit. Source: ISO 4217 list one, maintained
 * by SIX, as published on 2026-01-01 (list-one.xml). Codes whose minor unit the list gives as "N.A." (metals, XDR, XTS, XXX and
 * the like) are not here: nothing can be invoiced in them. `Intl` is no substitute, because its digits are CLDR's habits (HUF 0)
 * and not the standard's (HUF 2).
 */

/** How many digits after the point a currency's minor unit has, and the currencies (lower case) for which that is so. */
const CODES_BY_DIGITS: [digits: number, codes: string][] = [
  [0, "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf"],
  [
    2,
    "aed afn all amd aoa ars aud awg azn bam bbd bdt bmd bnd bob bov brl bsd btn bwp byn bzd cad cdf che chf chw cny cop cou " +
      "crc cup cve czk dkk dop dzd egp ern etb eur fjd fkp gbp gel ghs gip gmd gtq gyd hkd hnl htg huf idr ils inr irr jmd kes " +
      "kgs khr kpw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mru mur mvr mwk mxn mxv myr mzn nad ngn nio nok npr " +
      "nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sdg sek sgd shp sle sos srd ssp stn svc syp szl thb tjs tmt top " +
      "try ttd twd tzs uah usd usn uyu uzs ved ves wst xad xcd xcg yer zar zmw zwg",
  ],
  [3, "bhd iqd jod kwd lyd omr tnd"],
  [4, "clf uyw"],
];

const DIGITS_BY_CODE: ReadonlyMap<string, number> = new Map(
  CODES_BY_DIGITS.flatMap(([digits, codes]) => codes.split(" ").map((code): [string, number] => [code, digits])),
);

/** Every currency code, lower case, in alphabetical order. */
export const currencyCodes: readonly string[] = [...DIGITS_BY_CODE.keys()].toSorted();

/** The currency that `text` names, in lower case as everywhere inside, or null if there is none. Example: "USD" → "usd". */
export function parseCurrencyCode(text: string): string | null {
  // Only ASCII letters are lowered: "\u212A" (Kelvin) also lowers to "k", and must not make a currency.
  if (!/^[A-Za-z]{3}$/.test(text)) return null;
  const code = text.toLowerCase();
  return DIGITS_BY_CODE.has(code) ? code : null;
}

/**
 * How many digits after the point the currency's minor unit has. Examples: "usd" → 2, "jpy" → 0, "kwd" → 3.
 * @throws RangeError if `code` is not one of `currencyCodes`: what comes from a client goes through `parseCurrencyCode` first.
 */
export function minorUnitDigits(code: string): number {
  const digits = DIGITS_BY_CODE.get(code);
  if (digits === undefined) throw new RangeError(`not a currency code: ${code.slice(0, 50)}`);
  return digits;
}
