import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, refuse, startScriptedServer, type Script } from "../test/scripted-server.ts";
import { AfternoonClient } from "./client.ts";
import { NotFoundError } from "./errors.ts";

function page(ids: string[], nextCursor: string | null): Script {
  const pagination = { has_more: nextCursor !== null, next_cursor: nextCursor };
  return answer(200, { success: true, customers: ids.map((id) => ({ id })), pagination, request_id: "req_1" });
}

async function startClient(...scripts: Script[]) {
  const { url, requests } = await startScriptedServer(...scripts);
  return {
    client: new AfternoonClient({ token: "ak_test_x", baseUrl: url }),
    urls: () => requests.map((request) => request.url),
  };
}

test("a list is all its items, page after page, with the caller's query on each", async () => {
  const { client, urls } = await startClient(page(["a", "b"], "2"), page([], "3"), page(["c"], null));
  const ids: string[] = [];
  for await (const customer of client.customers.list({ limit: "2" })) ids.push(customer.id);
  assert.deepEqual(ids, ["a", "b", "c"]);
  assert.deepEqual(urls(), [
    "/v1/customers?limit=2",
    "/v1/customers?limit=2&cursor=2",
    "/v1/customers?limit=2&cursor=3",
  ]);
});

test("an awaited list is its first page, and iterating over it then does not ask for that again", async () => {
  const { client, urls } = await startClient(page(["a"], "2"), page(["b"], null));
  const list = client.customers.list();
  const first = await list;
  assert.deepEqual(first.pagination, { has_more: true, next_cursor: "2" });
  assert.equal(urls().length, 1);
  const ids: string[] = [];
  for await (const customer of list) ids.push(customer.id);
  assert.deepEqual(ids, ["a", "b"]);
  assert.deepEqual(urls(), ["/v1/customers", "/v1/customers?cursor=2"]);
});

test("a list is also its pages, from the cursor given on", async () => {
  const { client, urls } = await startClient(page(["b"], "3"), page(["c"], null));
  const sizes: number[] = [];
  for await (const { customers } of client.customers.list({ cursor: "2" }).pages()) sizes.push(customers.length);
  assert.deepEqual(sizes, [1, 1]);
  assert.deepEqual(urls(), ["/v1/customers?cursor=2", "/v1/customers?cursor=3"]);
});

test("nothing is asked for before it is needed, nor after the loop is left", async () => {
  const { client, urls } = await startClient(page(["a", "b"], "2"));
  const list = client.customers.list();
  assert.equal(urls().length, 0);
  for await (const customer of list) if (customer.id === "a") break;
  assert.equal(urls().length, 1);
});

test("a page that fails ends the loop with its error", async () => {
  const { client } = await startClient(page(["a"], "2"), refuse(404, "NOT_FOUND"));
  const ids: string[] = [];
  await assert.rejects(async () => {
    for await (const customer of client.customers.list()) ids.push(customer.id);
  }, NotFoundError);
  assert.deepEqual(ids, ["a"]);
});

test("a list is a promise: catch and finally work, also in Promise.all", async () => {
  const { client } = await startClient(refuse(404, "NOT_FOUND"), page(["a"], null));
  const ended: string[] = [];
  const failure: unknown = await client.customers
    .list()
    .finally(() => void ended.push("ended"))
    .catch((error: unknown) => error);
  assert.ok(failure instanceof NotFoundError);
  assert.deepEqual(ended, ["ended"]);
  const [first] = await Promise.all([client.customers.list()]);
  assert.equal(first.customers.length, 1);
});
