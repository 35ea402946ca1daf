/** A customer's life told with dates: what is done when, and what the invoices and wallets say then. */
import assert from "node:assert/strict";
import { createCatalogReader, findMeterHistory } from "../../src/catalog/catalog.ts";
import { rerateEvents } from "../../src/metering/rerate.ts";
import { billDue, verifyInvoices } from "../../src/renewals/renewals.ts";
import { verifyWallets } from "../../src/wallets/verify.ts";
import { startTestApp, type Api, type ApiAnswer } from "../harness.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- a test reads whatever the wire holds
type Body = any;

export type Story = Awaited<ReturnType<typeof startStory>>;

/** One app for the stories of a file. Each customer is a story of its own; the books are checked when all have been told. */
export async function startStory() {
  const {
    test: api,
    live,
    database,
    clock,
    connectionString,
  } = await startTestApp({ now: "2024-01-01T00:00:00.000Z" });
  const catalog = createCatalogReader(clock);
  let keys = 0;
  let codes = 0;

  /** Moves the clock, without anybody billing. A day is its first instant in UTC. */
  const on = (instant: string) => clock.set(instant.length === 10 ? `${instant}T00:00:00.000Z` : instant);

  /** Bills everything that is due, as the job does every minute; with a date, as of then. */
  const bill = async (instant?: string) => {
    if (instant !== undefined) on(instant);
    const { failures } = await billDue(database, catalog, clock.now());
    assert.deepEqual(failures, []);
  };

  /** Bills as of a date, and once more when the drafts take no more late usage. */
  const close = async (date: string) => {
    await bill(date);
    clock.advance(hour);
    await bill();
  };

  /** Bills once a day from now to a date, as if a worker had looked in daily. */
  const liveThrough = async (until: string) => {
    const end = new Date(until.length === 10 ? `${until}T00:00:00.000Z` : until);
    while (clock.now().getTime() + day < end.getTime()) {
      clock.advance(day);
      await bill();
    }
    await bill(until);
  };

  const ok = (answer: ApiAnswer): Body => {
    assert.ok(answer.status < 300, answer.text);
    return answer.body;
  };

  const meter = async (aggregation: object = { type: "count" }): Promise<string> => {
    const code = `meter_${(codes += 1)}`;
    ok(await api.post("/v1/meters", { code, event_name: code, aggregation }));
    return code;
  };

  const plan = async (document: object): Promise<string> => {
    const code = `plan_${(codes += 1)}`;
    ok(await api.post("/v1/plans", { code, ...document }));
    return code;
  };

  const customer = async (fields: object = {}): Promise<string> =>
    ok(await api.post("/v1/customers", { name: "Acme", ...fields })).customer.id;

  const subscribe = async (customer_id: string, plan_code: string, fields: object = {}): Promise<string> =>
    ok(await api.post("/v1/subscriptions", { customer_id, plan_code, initial_status: "active", ...fields }))
      .subscription.id;

  /** One event, or `count` of them, at an instant; now if none is given. */
  const use = async (
    customer_id: string,
    event_name: string,
    of: { at?: string; count?: number; properties?: object } = {},
  ) => {
    const timestamp = of.at ?? clock.now().toISOString();
    const events = Array.from({ length: of.count ?? 1 }, () => ({
      event_name,
      customer_id,
      timestamp,
      idempotency_key: `key ${(keys += 1)}`,
      properties: of.properties ?? {},
    }));
    const { results } = ok(await api.post("/v1/events/ingest-batch", { events }));
    return results.map(({ status }: Body) => status) as string[];
  };

  /** Each invoice in a line, oldest first: status, cents, and its lines. */
  const invoices = async (customer_id: string): Promise<string[]> => {
    const found = ok(await api.get(`/v1/invoices?customer_id=${customer_id}&limit=100`)).invoices.toReversed();
    return found.map(
      ({ status, total_cents, line_items }: Body) =>
        `${status} ${total_cents}: ${line_items.map(({ description, amount_cents }: Body) => `${description} ${amount_cents}`).join(", ")}`,
    );
  };

  const creditNotes = async (customer_id: string): Promise<number[]> =>
    ok(await api.get(`/v1/credit-notes?customer_id=${customer_id}`))
      .credit_notes.toReversed()
      .map(({ total_cents }: Body) => total_cents);

  /** Of the customer's wallet in a denomination; "0" without one. */
  const balance = async (customer_id: string, code = "usd"): Promise<string> => {
    const { balances } = ok(await api.get(`/v1/customers/${customer_id}/balances`));
    return balances.find((each: Body) => (each.currency_code ?? each.pricing_unit_code) === code)?.balance ?? "0";
  };

  const subscription = async (id: string): Promise<Body> => ok(await api.get(`/v1/subscriptions/${id}`)).subscription;
  const change = async (id: string, verb: string, body: object = {}): Promise<Body> =>
    ok(await api.post(`/v1/subscriptions/${id}/${verb}`, body));
  const update = async (id: string, body: object): Promise<Body> =>
    ok(await api.patch(`/v1/subscriptions/${id}`, body));

  /** What `afternoon verify --rerate --invoices` finds: of all, or what one customer's events cost. */
  const verify = async (customerId: string | null = null) => {
    const meters = { planVersion: catalog.planVersion, meterHistory: findMeterHistory };
    const rerated = await rerateEvents(database, meters, { customerId, from: null, to: null }, clock.now());
    const invoiced = await verifyInvoices(database, catalog);
    assert.equal(invoiced.withoutInputs, 0);
    const problems = [...(await verifyWallets(database)).problems, ...rerated.problems, ...invoiced.problems];
    assert.deepEqual(problems, []);
  };
  return {
    api: api satisfies Api,
    live,
    database,
    clock,
    catalog,
    connectionString,
    on,
    bill,
    close,
    liveThrough,
    meter,
    plan,
    customer,
    subscribe,
    use,
    invoices,
    creditNotes,
    balance,
    subscription,
    change,
    update,
    verify,
  };
}

const hour = 3_600_000;
const day = 24 * hour;

export const usd = (code: string, amount: string, more: object = {}) => ({
  code,
  name: code,
  amount,
  currency_code: "usd",
  ...more,
});
export const perUnit = (meter_code: string, unit_amount: string, more: object = {}) => ({
  meter_code,
  unit_amount,
  currency_code: "usd",
  ...more,
});
