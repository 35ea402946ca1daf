import { z } from "zod";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idOutput, idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { BalanceAlert, BalanceAlertCreate, presentBalanceAlert } from "./balance-alert-schema.ts";
import { createBalanceAlert, deleteBalanceAlert, listBalanceAlerts } from "./balance-alerts.ts";

const customerIdParam = { id: idParam("CUSTOMER_NOT_FOUND") };

const tag: Tag = {
  name: "balance_alerts",
  title: "Balance alerts",
  description:
    "Tell by webhook events that a customer's balance has fallen below a threshold, and that it has recovered.",
};

export const balanceAlertOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/balance-alerts",
    operationId: "create-balance-alert",
    sdk: "customers.balanceAlerts.create",
    tag,
    summary: "Create a balance alert",
    description:
      "Watches one of the customer's wallets. `balance.low` is told once the balance is below the threshold, `balance.recovered` once it is at the threshold or above again; a balance that is low already is told at once.",
    params: customerIdParam,
    body: BalanceAlertCreate,
    responses: { 201: successSchema("BalanceAlertResponse", { balance_alert: BalanceAlert }, "The alert") },
    errors: ["PRICING_UNIT_NOT_FOUND", "TOO_MANY_BALANCE_ALERTS"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      balance_alert: presentBalanceAlert(await createBalanceAlert(tx, tenant, params.id, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}/balance-alerts",
    operationId: "list-balance-alerts",
    sdk: "customers.balanceAlerts.list",
    tag,
    summary: "List a customer's balance alerts",
    description: "Returns the alerts of all the customer's wallets, newest first.",
    params: customerIdParam,
    query: z.object(pageQuery),
    responses: { 200: listSchema("BalanceAlertListResponse", "balance_alerts", BalanceAlert) },
    handle: async ({ db, tenant }, { params, query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listBalanceAlerts(db, tenant, params.id, page);
      return { balance_alerts: items.map(presentBalanceAlert), pagination };
    },
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/customers/{id}/balance-alerts/{alert_id}",
    operationId: "delete-balance-alert",
    sdk: "customers.balanceAlerts.delete",
    tag,
    summary: "Delete a balance alert",
    description: "Ends the watch. Nothing more is told by it.",
    params: { ...customerIdParam, alert_id: idParam("BALANCE_ALERT_NOT_FOUND") },
    responses: {
      200: successSchema(
        "BalanceAlertDeletedResponse",
        { id: idOutput("Id of the alert."), deleted: z.literal(true) },
        "The alert is deleted",
      ),
    },
    handle: async ({ tx, tenant, now }, { params }) => {
      await deleteBalanceAlert(tx, tenant, { customerId: params.id, alertId: params.alert_id }, now);
      return { id: params.alert_id, deleted: true };
    },
  }),
];
