/** What of a usage is to be given back when its event is taken out. */
import { max, min, zero, type Decimal } from "./decimal.ts";
import type { Draw, LedgerEntry } from "./wallet.ts";

/** The part of an entry that is taken back. */
export type Returned = Pick<LedgerEntry, "amount" | "draws">;

/**
 * The part of a usage's entry that gives back `givenBack`, for `reverseUsage` in wallet.ts. The entry is null if the usage cost
 * nothing. Where all of it is given back every grant gets what it gave. Where less is, what stays paid stays paid by the grants
 * that were drawn first, as if the usage had cost only that: so nothing is drawn a second time from another grant. Where more
 * is, the rest is no grant's. Below zero, what the period costs more is taken like usage.
 * Example: 20, drawn as 15 from a and 5 from b; 8 given back → 5 to b and 3 to a.
 */
export function returnedPart(entry: Returned | null, givenBack: Decimal): Returned {
  const amount = givenBack.negated();
  if (entry === null || !givenBack.isPositive()) return { amount, draws: [] };
  const kept = max(zero, entry.amount.negated().minus(givenBack));
  return { amount, draws: beyond(entry.draws, kept) };
}

/** What of `draws` is left when the first `amount` of them is taken away. */
function beyond(draws: readonly Draw[], amount: Decimal): Draw[] {
  let open = amount;
  return draws.flatMap(({ grantId, amount: drawn }) => {
    const taken = min(open, drawn);
    open = open.minus(taken);
    return drawn.equals(taken) ? [] : [{ grantId, amount: drawn.minus(taken) }];
  });
}
