import type { Tenant } from "../http/authentication.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import type { PaymentSettingsPatch, PaymentSettingsRow } from "./schema.ts";
import * as rows from "./sql.ts";

/** Three tries more in the first week: a card that was refused today often works next week, and nobody waits for money for a month. */
const defaults: PaymentSettingsRow = {
  bank_details: null,
  retry_days: [1, 3, 5, 7],
  after_retries: "leave_open",
  redirect_origins: [],
  frame_origins: [],
};

/** How the tenant gets its money. */
export async function getPaymentSettings(db: Queryable, tenant: Pick<Tenant, "id">): Promise<PaymentSettingsRow> {
  return (await rows.findSettings(db, tenant.id)) ?? defaults;
}

/** The settings after `patch`: fields not given stay. */
export async function updatePaymentSettings(
  tx: Transaction,
  tenant: Tenant,
  patch: PaymentSettingsPatch,
): Promise<PaymentSettingsRow> {
  const before = await getPaymentSettings(tx, tenant);
  const after: PaymentSettingsRow = {
    bank_details: patch.bank_details === undefined ? before.bank_details : patch.bank_details,
    retry_days: patch.retry_days ?? before.retry_days,
    after_retries: patch.after_retries ?? before.after_retries,
    redirect_origins: patch.redirect_origins ?? before.redirect_origins,
    frame_origins: patch.frame_origins ?? before.frame_origins,
  };
  await rows.upsertSettings(tx, tenant.id, after);
  return after;
}
