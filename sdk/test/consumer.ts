// A program that uses the package; `src/package.test.ts` compiles it against the package as it is published. It is never run.
import {
  AfternoonClient,
  AfternoonError,
  ApiError,
  RateLimitError,
  type Customer,
  type CustomerBalancesResponse,
  type CustomerListResponse,
  type ErrorCode,
  type List,
  type ListCustomersQuery,
  type MeterAggregationInput,
  type RequestOptions,
  type UsagePriceInput,
  type WalletBalance,
} from "afternoon-sdk";

// oxlint-disable typescript/no-unnecessary-type-parameters -- two types are the same if no conditional type can tell them apart
type Equal<Left, Right> =
  (<Value>() => Value extends Left ? 1 : 2) extends <Value>() => Value extends Right ? 1 : 2 ? true : false;
// oxlint-enable typescript/no-unnecessary-type-parameters
type IsAny<Value> = 0 extends 1 & Value ? true : false;
type Is<Statement extends true> = Statement;

const client = new AfternoonClient({
  token: "ak_test_…",
  baseUrl: "http://localhost:8787",
  timeoutMs: 5_000,
  maxRetries: 3,
});

export type Statements = [
  Is<Equal<ReturnType<typeof client.customers.listBalances>, Promise<CustomerBalancesResponse>>>,
  Is<Equal<ReturnType<typeof client.customers.list>, List<Customer, CustomerListResponse>>>,
  Is<Equal<Parameters<typeof client.customers.list>[0], ListCustomersQuery | undefined>>,
  Is<Equal<Parameters<typeof client.customers.list>[1], RequestOptions | undefined>>,
  Is<Equal<Awaited<ReturnType<typeof client.customers.list>>, CustomerListResponse>>,
  Is<Equal<WalletBalance["balance"], string>>,
  Is<Equal<WalletBalance["currency_code"], string | undefined>>,
  Is<Equal<Customer["name"], string | null>>,
  Is<Equal<ApiError["details"], unknown>>,
  Is<Equal<IsAny<ApiError["code"]>, false>>,
  Is<Equal<IsAny<Customer["metadata"][string]>, false>>,
];

export async function main(): Promise<string> {
  const { customer } = await client.customers.create(
    { name: "Acme", metadata: { tier: "gold" } },
    { idempotencyKey: "k" },
  );
  await client.customers.update(customer.id, { name: null });
  await client.customers.creditGrants.create(customer.id, { name: "Welcome", amount: "12.50", currency_code: "usd" });
  await client.customers.creditGrants.create(customer.id, { name: "Welcome", amount: 12.5, currency_code: "usd" });
  await client.meters.create({ code: "tokens", event_name: "llm", aggregation: { type: "sum", property: "tokens" } });
  await client.meters.create({
    code: "weighted",
    event_name: "llm",
    aggregation: { type: "latest", expression: "tokens_in * 3 + tokens_out" },
  });
  await client.plans.create({
    code: "pro",
    usage_prices: [
      { meter_code: "tokens", unit_amount: "0.01", currency_code: "usd" },
      { meter_code: "tokens", model: "volume", tiers: [{ up_to: null, unit_amount: 1 }], currency_code: "usd" },
    ],
  });
  const { plan } = await client.plans.get("pro");
  // An answered document can be sent again as it is.
  await client.plans.createVersion("pro", plan);
  for (const price of plan.usage_prices) {
    if (price.model === "graduated") price.tiers[0]?.up_to satisfies string | null | undefined;
    if (price.model === "matrix") price.default_unit_amount satisfies string | null;
  }
  const { meter } = await client.meters.get("tokens");
  await client.meters.create(meter);
  for await (const { id } of client.customers.list({ limit: "10" })) await client.customers.get(id, { timeoutMs: 100 });
  for await (const page of client.customers.list().pages()) page.pagination.next_cursor satisfies string | null;
  const page: Promise<CustomerListResponse> = client.customers.list();
  return (await page).request_id;
}

export async function misuse(): Promise<void> {
  // @ts-expect-error -- the key is required
  void new AfternoonClient({});
  // @ts-expect-error -- there is no such field
  await client.customers.create({ nane: "Acme" });
  // @ts-expect-error -- an amount is not a boolean
  await client.customers.creditGrants.create("c1", { name: "Welcome", amount: true });
  // @ts-expect-error -- a sum needs its property
  await client.meters.create({ code: "tokens", event_name: "llm", aggregation: { type: "sum" } });
  // @ts-expect-error -- a sum is of a property or of an expression, not of both
  const both: MeterAggregationInput = { type: "sum", property: "tokens", expression: "tokens" };
  // @ts-expect-error -- a price has what its own model needs
  const price: UsagePriceInput = { meter_code: "tokens", model: "package", unit_amount: "1", currency_code: "usd" };
  void [both, price];
  // @ts-expect-error -- there is no such operation
  await client.customers.frobnicate("c1");
  // @ts-expect-error -- the id is required
  await client.customers.listBalances();
  // @ts-expect-error -- a limit is a string
  void client.customers.list({ limit: 50 });
}

export function explain(error: unknown): string {
  if (error instanceof RateLimitError) return `wait ${error.retryAfterMs ?? 0} ms`;
  if (error instanceof ApiError) {
    const known: ErrorCode = "CUSTOMER_NOT_FOUND";
    if (error.code === known) return "no such customer";
    return `${error.status} ${error.code ?? "?"} ${error.requestId ?? "?"} ${error.headers.get("X-Request-Id") ?? "?"}`;
  }
  return error instanceof AfternoonError ? error.message : "?";
}
