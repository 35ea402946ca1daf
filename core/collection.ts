/** How what is owed is collected: what a payment pays, and when a charge that failed is tried again. */

/** What of a payment the invoice takes, and what is left over for the customer. In minor units; the parts add up to the payment. */
export type SplitPayment = { appliedCents: number; excessCents: number };

/**
 * A payment of `amountCents` on an invoice of which `dueCents` are left to pay.
 * Example: 100 on 80 → 80 applied, 20 over.
 * @throws RangeError unless the payment is above 0.
 */
export function splitPayment(amountCents: number, dueCents: number): SplitPayment {
  if (!Number.isSafeInteger(amountCents) || amountCents <= 0) throw new RangeError("a payment must be above 0");
  const appliedCents = Math.min(amountCents, Math.max(0, dueCents));
  return { appliedCents, excessCents: amountCents - appliedCents };
}

const dayMs = 86_400_000;

/**
 * When an invoice is collected again that has been tried in vain `attempts` times, the last time at `at`: as many times 24 hours later as
 * stand in `retryDays` between that try and the next; null when all have been. The days count from the first try.
 * Example: days 1, 3, 5, 7; after the second try → 2 days later.
 */
export function nextCollection(attempts: number, at: Date, retryDays: readonly number[]): Date | null {
  const next = retryDays[attempts - 1];
  if (next === undefined) return null;
  const before = retryDays[attempts - 2] ?? 0;
  return new Date(at.getTime() + (next - before) * dayMs);
}

/** Whether `retryDays` can be kept: whole days above 0, each later than the one before. */
export function areRetryDays(retryDays: readonly number[]): boolean {
  return retryDays.every((day, index) => Number.isSafeInteger(day) && day > (retryDays[index - 1] ?? 0));
}
