import { BillingError } from "../../../core/errors.ts";
import {
  customerKey,
  type CustomerKey,
  getCustomer,
  lockCustomer,
  setDefaultPaymentMethod,
} from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import { sandboxCards } from "./sandbox.ts";
import { PaymentMethodCreate, type CardFields, type PaymentMethodRow } from "./schema.ts";
import * as rows from "./sql.ts";

export type SavedMethods = { methods: PaymentMethodRow[]; defaultId: string | null };

/** Newest first. @throws CUSTOMER_NOT_FOUND */
export async function listPaymentMethods(db: Queryable, tenant: Tenant, customerId: string): Promise<SavedMethods> {
  const customer = await getCustomer(db, tenant, customerId);
  const methods = await rows.listMethods(db, customerKey(tenant, customerId));
  return { methods, defaultId: customer.default_payment_method_id };
}

/** A card as a form brings it, read as the API reads it; else what is wrong, by field. */
export function parseCard(input: unknown): { card: CardFields | null; errors: Record<string, string> } {
  const result = PaymentMethodCreate.safeParse({ card: input });
  if (result.success) return { card: result.data.card, errors: {} };
  const errors = result.error.issues.map((issue): [string, string] => [issue.path.join("."), issue.message]);
  return { card: null, errors: Object.fromEntries(errors) };
}

/**
 * A card of the sandbox; what its charges come to is its number's fate. The first that a customer keeps is the default.
 * @throws CUSTOMER_NOT_FOUND, CARDS_NOT_TAKEN in live mode, VALIDATION_ERROR for a number that is none of the sandbox's.
 */
export async function saveCard(
  tx: Transaction,
  tenant: Pick<Tenant, "id" | "mode">,
  customerId: string,
  of: { card: CardFields; isDefault: boolean; isKept: boolean },
  now: Date,
): Promise<{ method: PaymentMethodRow; defaultId: string | null }> {
  const customer = await lockCustomer(tx, tenant, customerId);
  const method = newCard(tenant, customerId, of, now);
  const key = customerKey(tenant, customerId);
  rows.insertMethod(tx, key, method);
  const isDefault = of.isKept && (of.isDefault || customer.default_payment_method_id === null);
  if (isDefault) await setDefaultPaymentMethod(tx, key, method.payment_method_id);
  return { method, defaultId: isDefault ? method.payment_method_id : customer.default_payment_method_id };
}

function newCard(
  { mode }: Pick<Tenant, "mode">,
  customerId: string,
  { card: { number, expires_month, expires_year }, isKept }: { card: CardFields; isKept: boolean },
  now: Date,
): PaymentMethodRow {
  if (mode === "live") throw new BillingError("CARDS_NOT_TAKEN");
  const card = sandboxCards[number];
  if (card === undefined)
    refuseField("card.number", `Must be one of the sandbox's numbers: ${Object.keys(sandboxCards).join(", ")}.`);
  // A card is good until its month is over, wherever in the world that is.
  const expiresAt = Date.UTC(expires_year, expires_month, 2);
  if (expiresAt <= now.getTime()) refuseField("card.expires_year", "The card has expired.");
  return {
    customer_id: customerId,
    payment_method_id: createId(now),
    provider: "sandbox",
    reference: card.fate,
    brand: card.brand,
    last_four: number.slice(-4),
    expires_month,
    expires_year,
    is_kept: isKept,
    created_at: now,
  };
}

/** @throws CUSTOMER_NOT_FOUND, PAYMENT_METHOD_NOT_FOUND */
export async function makeDefault(
  tx: Transaction,
  tenant: Tenant,
  of: { customerId: string; methodId: string },
): Promise<PaymentMethodRow> {
  await lockCustomer(tx, tenant, of.customerId);
  const key = customerKey(tenant, of.customerId);
  const method = await rows.findMethod(tx, key, of.methodId);
  if (method === null) throw new BillingError("PAYMENT_METHOD_NOT_FOUND");
  await setDefaultPaymentMethod(tx, key, of.methodId);
  return method;
}

/**
 * Forgets a payment method. If it was the default, the newest that is left becomes it; what is charged already goes on.
 * @throws CUSTOMER_NOT_FOUND, PAYMENT_METHOD_NOT_FOUND
 */
export async function deletePaymentMethod(
  tx: Transaction,
  tenant: Tenant,
  of: { customerId: string; methodId: string },
): Promise<void> {
  const customer = await lockCustomer(tx, tenant, of.customerId);
  const key = customerKey(tenant, of.customerId);
  const methods = await rows.listMethods(tx, key);
  if (!methods.some(({ payment_method_id }) => payment_method_id === of.methodId))
    throw new BillingError("PAYMENT_METHOD_NOT_FOUND");
  await rows.deleteMethod(tx, key, of.methodId);
  if (customer.default_payment_method_id !== of.methodId) return;
  const next = methods.find(({ payment_method_id }) => payment_method_id !== of.methodId);
  await setDefaultPaymentMethod(tx, key, next?.payment_method_id ?? null);
}

/** Forgets all cards of a customer, and what they are called at providers. The caller holds the lock. */
export async function erasePaymentMethods(tx: Transaction, key: CustomerKey): Promise<void> {
  await rows.eraseMethods(tx, key);
}

function refuseField(path: string, message: string): never {
  throw new BillingError("VALIDATION_ERROR", { details: [{ path, message }] });
}
