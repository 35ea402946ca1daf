import { z } from "zod";
import { customerIdParam } from "../customers/routes.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idOutput, idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { createTopUpRule, deleteTopUpRule, getTopUpRule, listTopUpRules, updateTopUpRule } from "./rules.ts";
import {
  presentTopUp,
  presentTopUpRule,
  TopUp,
  TopUpCreate,
  TopUpRule,
  TopUpRuleCreate,
  TopUpRuleUpdate,
} from "./schema.ts";
import { createTopUp, listTopUps } from "./top-ups.ts";

const tag: Tag = {
  name: "top_ups",
  title: "Top-ups",
  description: "Credits that are bought when a balance gets low, by a rule, or whenever somebody asks for them.",
};

const ruleParams = { ...customerIdParam, rule_id: idParam("TOP_UP_RULE_NOT_FOUND") };
const TopUpRuleResponse = successSchema("TopUpRuleResponse", { top_up_rule: TopUpRule }, "The rule");

const placeOf = (params: { id: string; rule_id: string }) => ({ customerId: params.id, ruleId: params.rule_id });

export const topUpOperations: Operation[] = [
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/top-up-rules",
    operationId: "create-top-up-rule",
    sdk: "customers.topUpRules.create",
    tag,
    summary: "Create a top-up rule",
    description:
      "Fills one of the customer's wallets up whenever less than `threshold` is available: one top-up closes the whole shortfall, and until it is paid there is no other. If the balance is that low already, it is made at once.",
    params: customerIdParam,
    body: TopUpRuleCreate,
    responses: { 201: TopUpRuleResponse },
    errors: ["PRICING_UNIT_NOT_FOUND", "TOP_UP_RULE_EXISTS", "CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      top_up_rule: presentTopUpRule(await createTopUpRule(tx, tenant, params.id, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}/top-up-rules",
    operationId: "list-top-up-rules",
    sdk: "customers.topUpRules.list",
    tag,
    summary: "List a customer's top-up rules",
    description: "Returns the rules, at most one for each wallet, newest first.",
    params: customerIdParam,
    query: z.object(pageQuery),
    responses: { 200: listSchema("TopUpRuleListResponse", "top_up_rules", TopUpRule) },
    handle: async ({ db, tenant }, { params, query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listTopUpRules(db, tenant, params.id, page);
      return { top_up_rules: items.map(presentTopUpRule), pagination };
    },
  }),
  readOperation({
    path: "/v1/customers/{id}/top-up-rules/{rule_id}",
    operationId: "get-top-up-rule",
    sdk: "customers.topUpRules.get",
    tag,
    summary: "Get a top-up rule",
    description: "Returns one rule.",
    params: ruleParams,
    responses: { 200: TopUpRuleResponse },
    handle: async ({ db, tenant }, { params }) => ({
      top_up_rule: presentTopUpRule(await getTopUpRule(db, tenant, placeOf(params))),
    }),
  }),
  writeOperation({
    method: "PATCH",
    path: "/v1/customers/{id}/top-up-rules/{rule_id}",
    operationId: "update-top-up-rule",
    sdk: "customers.topUpRules.update",
    tag,
    summary: "Update a top-up rule",
    description:
      "Changes only the fields given; `null` clears a limit or the expiry. `status` turns it off, or on again after a payment that failed. What the rule then asks for is made at once.",
    params: ruleParams,
    body: TopUpRuleUpdate,
    responses: { 200: TopUpRuleResponse },
    errors: ["CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      top_up_rule: presentTopUpRule(await updateTopUpRule(tx, tenant, placeOf(params), body, now)),
    }),
  }),
  writeOperation({
    method: "DELETE",
    path: "/v1/customers/{id}/top-up-rules/{rule_id}",
    operationId: "delete-top-up-rule",
    sdk: "customers.topUpRules.delete",
    tag,
    summary: "Delete a top-up rule",
    description: "Deletes the rule. A top-up of it that is in progress goes on; void its invoice to stop it.",
    params: ruleParams,
    responses: {
      200: successSchema(
        "TopUpRuleDeletedResponse",
        { id: idOutput("Id of the rule."), deleted: z.literal(true) },
        "The rule is deleted",
      ),
    },
    handle: async ({ tx, tenant, now }, { params }) => {
      await deleteTopUpRule(tx, tenant, placeOf(params), now);
      return { id: params.rule_id, deleted: true };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/customers/{id}/top-ups",
    operationId: "create-top-up",
    sdk: "customers.topUps.create",
    tag,
    summary: "Top up a wallet",
    description:
      "Buys credits: makes an open invoice for them, to be charged automatically. The credits are there once it is paid, as a `paid` grant.",
    params: customerIdParam,
    body: TopUpCreate,
    responses: { 201: successSchema("TopUpResponse", { top_up: TopUp }, "The top-up") },
    errors: ["PRICING_UNIT_NOT_FOUND", "CONVERSION_MISSING"],
    handle: async ({ tx, tenant, now }, { params, body }) => ({
      top_up: presentTopUp(await createTopUp(tx, tenant, params.id, body, now)),
    }),
  }),
  readOperation({
    path: "/v1/customers/{id}/top-ups",
    operationId: "list-top-ups",
    sdk: "customers.topUps.list",
    tag,
    summary: "List a customer's top-ups",
    description: "Returns the top-ups that rules and people have asked for, newest first.",
    params: customerIdParam,
    query: z.object(pageQuery),
    responses: { 200: listSchema("TopUpListResponse", "top_ups", TopUp) },
    handle: async ({ db, tenant }, { params, query }) => {
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listTopUps(db, tenant, params.id, page);
      return { top_ups: items.map(presentTopUp), pagination };
    },
  }),
];
