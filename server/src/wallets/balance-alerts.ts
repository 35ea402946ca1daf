import type { Denomination } from "../../../core/denomination.ts";
import { BillingError } from "../../../core/errors.ts";
import { requirePricingUnit } from "../catalog/catalog.ts";
import { customerKey, getCustomer, lockCustomer } from "../customers/customers.ts";
import type { Tenant } from "../http/authentication.ts";
import { toDenomination } from "../http/denomination.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Queryable, Transaction } from "../platform/db.ts";
import { createId } from "../platform/ids.ts";
import type { BalanceAlertFields, CustomerAlert } from "./balance-alert-schema.ts";
import * as rows from "./sql.ts";
import { openWallets, saveWallets, walletIn, type OpenWallet, type OpenWallets } from "./wallets.ts";
import { toWatch } from "./watch.ts";

/** They are read with their wallet, whenever it moves. */
const maxAlerts = 20;

/**
 * A new alert of the customer's wallet, which is opened if there is none. A balance that is low already is told at once.
 * @throws CUSTOMER_NOT_FOUND, PRICING_UNIT_NOT_FOUND, TOO_MANY_BALANCE_ALERTS
 */
export async function createBalanceAlert(
  tx: Transaction,
  tenant: Tenant,
  customerId: string,
  fields: BalanceAlertFields,
  now: Date,
): Promise<CustomerAlert> {
  const denomination = toDenomination(fields);
  if (denomination.accountType === "pricing_unit") await requirePricingUnit(tx, tenant, denomination.code);
  const opened = await lockWallets(tx, tenant, customerId, now);
  const open = walletIn(opened, denomination);
  if (open.watch.alerts.length >= maxAlerts) throw new BillingError("TOO_MANY_BALANCE_ALERTS");
  const alert = { id: createId(now), threshold: fields.threshold, isLow: false, createdAt: now };
  open.watch = { ...open.watch, alerts: [...open.watch.alerts, alert] };
  saveWallets(tx, [opened], now);
  return toCustomerAlert(customerId, open, alert.id);
}

/** @throws CUSTOMER_NOT_FOUND, BALANCE_ALERT_NOT_FOUND */
export async function deleteBalanceAlert(
  tx: Transaction,
  tenant: Tenant,
  at: { customerId: string; alertId: string },
  now: Date,
): Promise<void> {
  const opened = await lockWallets(tx, tenant, at.customerId, now);
  const hasIt = ({ watch }: OpenWallet) => watch.alerts.some(({ id }) => id === at.alertId);
  const open = [...opened.wallets.values()].find(hasIt);
  if (open === undefined) throw new BillingError("BALANCE_ALERT_NOT_FOUND");
  open.watch = { ...open.watch, alerts: open.watch.alerts.filter(({ id }) => id !== at.alertId) };
  saveWallets(tx, [opened], now);
}

async function lockWallets(tx: Transaction, tenant: Tenant, customerId: string, now: Date): Promise<OpenWallets> {
  await lockCustomer(tx, tenant, customerId);
  const key = customerKey(tenant, customerId);
  return (await openWallets(tx, [key], now)).get(customerId) as OpenWallets;
}

function toCustomerAlert(customerId: string, { wallet, watch }: OpenWallet, id: string): CustomerAlert {
  const alert = watch.alerts.find((each) => each.id === id) as CustomerAlert["alert"];
  return { customerId, denomination: wallet.denomination, alert };
}

/** The alerts of all the customer's wallets, newest first, from just below the id `after`. @throws CUSTOMER_NOT_FOUND */
export async function listBalanceAlerts(
  db: Queryable,
  tenant: Tenant,
  customerId: string,
  page: { after: string | null; limit: number },
): Promise<Page<CustomerAlert>> {
  await getCustomer(db, tenant, customerId);
  const found = await rows.findWallets(db, [customerKey(tenant, customerId)]);
  const alerts = found.flatMap((row) => {
    const denomination: Denomination = { accountType: row.account_type, code: row.code };
    return toWatch(row).alerts.map((alert) => ({ customerId, denomination, alert }));
  });
  const wanted = alerts
    .filter(({ alert }) => page.after === null || alert.id < page.after)
    .toSorted((a, b) => (a.alert.id < b.alert.id ? 1 : -1))
    .slice(0, page.limit + 1);
  return toPage(wanted, page.limit, ({ alert }) => alert.id);
}
