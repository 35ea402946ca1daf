/*
 * Decimals on plain big integers, so that the tests' sums do not come from the code that they judge: a number is its digits and how
 * many of them stand after the point.
 */

export type Exact = { digits: bigint; scale: number };

/** Reads JSON numbers and numeric strings: `12.50`, `-1e-7`, `1.5E+3`. */
export function exact(text: string): Exact {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const scale = fraction.length - Number.parseInt(exponent, 10);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function plus(a: Exact, b: Exact): Exact {
  const scale = Math.max(a.scale, b.scale);
  return { digits: digitsAt(a, scale) + digitsAt(b, scale), scale };
}

export function minus(a: Exact, b: Exact): Exact {
  return plus(a, { ...b, digits: -b.digits });
}

export function times(a: Exact, b: Exact): Exact {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

export function sumOf(all: Exact[]): Exact {
  return all.reduce(plus, { digits: 0n, scale: 0 });
}

function digitsAt({ digits, scale }: Exact, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - scale);
}

/** As the contract writes amounts: no exponent, no zeros at the end after the point, no minus before 0. */
export function written({ digits, scale }: Exact): string {
  const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const whole = text.slice(0, text.length - scale);
  const fraction = text.slice(text.length - scale).replace(/0+$/, "");
  return `${digits < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}
