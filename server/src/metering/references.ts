import { BillingError } from "../../../core/errors.ts";
import { customerKeyOf, findCustomerIdsByExternalIds, type CustomerKey } from "../customers/customers.ts";
import type { Queryable } from "../platform/db.ts";

/** How an event names its customer: by our id or by the caller's own, exactly one of the two. */
export type CustomerReference = { tenantId: number; customerId: string | null; externalCustomerId: string | null };

/**
 * The customers that `references` name, in their order, or why one names none: CUSTOMER_NOT_FOUND, CUSTOMER_AMBIGUOUS. One
 * statement for all external ids, none where there are none. An id of ours is taken as it is.
 */
export async function resolveReferences(
  db: Queryable,
  references: CustomerReference[],
): Promise<(CustomerKey | BillingError)[]> {
  const external = references.flatMap(({ tenantId, externalCustomerId, customerId }) =>
    customerId === null ? [{ tenantId, externalId: externalCustomerId ?? "" }] : [],
  );
  const found = external.length === 0 ? [] : await findCustomerIdsByExternalIds(db, external);
  let next = 0;
  return references.map(({ tenantId, customerId }) => {
    const named = customerId ?? (found[next++] as string | BillingError);
    return named instanceof BillingError ? named : customerKeyOf(tenantId, named);
  });
}
