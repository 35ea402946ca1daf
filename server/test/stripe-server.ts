import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/*
 * Stripe as its documentation describes it, as far as we use it: payment intents, Checkout Sessions, refunds, lists, errors and idempotency keys
 * (docs.stripe.com/api). What it answers to a key is kept, errors too, and told again; another body under it is refused.
 */

/** What goes wrong with the next calls, one each; null lets one pass. */
export type Fault =
  /** The connection is cut before anything is done. */
  | "cut_before"
  /** It is done, and the connection is cut before the answer. */
  | "cut_after"
  /** It is done, and no answer comes. */
  | "timeout_after"
  | "too_many_requests"
  /** Nothing is done; the answer is kept for the key. */
  | "error_before"
  /** It is done; the answer, which does not say so, is kept for the key. */
  | "error_after";

type Thing = Record<string, unknown> & { id: string };
type Answer = { status: number; body: object };

/** What becomes of a card that is charged, by its id. */
export const stripeCards = {
  good: "pm_good",
  declined: "pm_declined",
  poor: "pm_poor",
  asking: "pm_asking",
  slow: "pm_slow",
} as const;

export type StripeServer = {
  address: { host: string; port: number; protocol: "http"; timeout: number };
  faults: (Fault | null)[];
  things: Map<string, Thing>;
  requests: string[];
  /** What was taken from all cards for a payment, in its own units. */
  takenFor(paymentId: string): number[];
  all(kind: string): Thing[];
  /** As after a day. */
  forgetKeys(): void;
  /** The customer does what a Checkout Session asks for. */
  complete(sessionId: string): void;
};

export async function startStripeServer(): Promise<StripeServer> {
  const things = new Map<string, Thing>();
  const keys = new Map<string, { request: string; answer: Answer | null }>();
  const faults: (Fault | null)[] = [];
  const requests: string[] = [];
  let count = 0;

  const make = (prefix: string, fields: Record<string, unknown>): Thing => {
    count += 1;
    const thing = { ...fields, id: `${prefix}_${count}` };
    things.set(thing.id, thing);
    return thing;
  };
  const all = (kind: string) => [...things.values()].filter(({ object }) => object === kind).toReversed();
  const card = (id: string): Thing => ({
    id,
    object: "payment_method",
    type: "card",
    card: { brand: "visa", last4: "4242", exp_month: 12, exp_year: 2034 },
  });

  const succeed = (intent: Thing) => {
    const { amount, metadata } = intent;
    const charge = make("ch", { object: "charge", amount, metadata, disputed: false, payment_intent: intent.id });
    Object.assign(intent, {
      status: "succeeded",
      latest_charge: charge.id,
      next_action: null,
      last_payment_error: null,
    });
  };
  const decline = (intent: Thing, code: string, decline_code?: string): Answer => {
    const error = {
      type: "card_error",
      code,
      ...(decline_code ? { decline_code } : {}),
      message: "Your card was declined.",
    };
    Object.assign(intent, { status: "requires_payment_method", last_payment_error: error });
    return { status: 402, body: { error: { ...error, payment_intent: show(intent, []) } } };
  };
  const confirm = (intent: Thing, isOffSession: boolean, returnUrl: unknown): Answer | null => {
    switch (intent.payment_method) {
      case stripeCards.declined:
        return decline(intent, "card_declined", "generic_decline");
      case stripeCards.poor:
        return decline(intent, "card_declined", "insufficient_funds");
      case stripeCards.asking:
        if (isOffSession) return decline(intent, "authentication_required", "authentication_required");
        intent.status = "requires_action";
        intent.next_action = {
          type: "redirect_to_url",
          redirect_to_url: { url: `https://hooks.stripe.com/step/${intent.id}`, return_url: returnUrl },
        };
        return null;
      case stripeCards.slow:
        intent.status = "processing";
        return null;
      default:
        succeed(intent);
        return null;
    }
  };

  /** The thing with those parts in full that are asked for; others are ids. */
  function show(thing: Thing, expand: string[]): Thing {
    const shown: Thing = { ...thing };
    for (const path of expand) {
      const [part = "", ...rest] = path.split(".");
      const id = thing[part];
      if (typeof id !== "string") continue;
      const found = id.startsWith("pm_") ? card(id) : things.get(id);
      const before = shown[part];
      if (found !== undefined)
        shown[part] =
          typeof before === "string"
            ? show(found, rest.length === 0 ? [] : [rest.join(".")])
            : { ...(before as Thing), ...pick(show(found, [rest.join(".")]), rest[0]) };
    }
    return shown;
  }
  const pick = (thing: Thing, part: string | undefined) => (part === undefined ? {} : { [part]: thing[part] });
  const invalid = (status: number, code: string, param?: string): Answer => ({
    status,
    body: { error: { type: "invalid_request_error", code, param, message: `No: ${code}.` } },
  });

  function work(method: string, path: string, fields: URLSearchParams): Answer {
    const expand = [...fields].filter(([name]) => name.startsWith("expand")).map(([, value]) => value);
    const metadata = Object.fromEntries(
      [...fields].flatMap(([name, value]) => (/^metadata\[/.test(name) ? [[name.slice(9, -1), value]] : [])),
    );
    const ok = (thing: Thing): Answer => ({ status: 200, body: show(thing, expand) });
    const [, , first = "", second = "", third = ""] = path.split("/");
    const isCheckout = first === "checkout";
    const [kind, id, action] = isCheckout ? ["sessions", third, path.split("/")[5] ?? ""] : [first, second, third];
    if (method === "GET" && id === "") {
      const object = { sessions: "checkout.session", payment_intents: "payment_intent", refunds: "refund" }[kind];
      const [by, value] =
        kind === "refunds" ? ["payment_intent", fields.get("payment_intent")] : ["customer", fields.get("customer")];
      const found = all(object ?? "").filter((thing) => thing[by] === value);
      // Pages of one, so that whoever reads the first page alone is found out.
      const from = found.findIndex((thing) => thing.id === fields.get("starting_after")) + 1;
      const data = found.slice(from, from + 1);
      return { status: 200, body: { object: "list", url: path, data, has_more: found.length > from + 1 } };
    }
    const thing = things.get(id);
    if (id !== "" && thing === undefined) return invalid(404, "resource_missing", "id");
    if (method === "GET") return ok(thing as Thing);
    if (kind === "customers") return ok(make("cus", { object: "customer", metadata }));
    if (kind === "refunds") {
      const intent = things.get(fields.get("payment_intent") ?? "");
      const amount = Number(fields.get("amount"));
      const taken = all("refund").filter(({ payment_intent }) => payment_intent === intent?.id);
      const sum = taken.reduce((total, refund) => total + Number(refund.amount), amount);
      if (intent?.status !== "succeeded") return invalid(400, "resource_missing", "payment_intent");
      if (sum > Number(intent.amount)) return invalid(400, "charge_already_refunded");
      return ok(make("re", { object: "refund", amount, metadata, payment_intent: intent.id, status: "succeeded" }));
    }
    if (kind === "sessions" && thing === undefined) {
      const mode = fields.get("mode");
      const session = make("cs_test", {
        object: "checkout.session",
        mode,
        customer: fields.get("customer"),
        metadata,
        status: "open",
        amount_total: Number(fields.get("line_items[0][price_data][unit_amount]")),
        payment_intent: null,
        setup_intent: null,
        intent_metadata: { payment_id: fields.get("payment_intent_data[metadata][payment_id]") },
        success_url: fields.get("success_url"),
      });
      session.url = `https://checkout.stripe.com/c/pay/${session.id}`;
      return ok(session);
    }
    if (kind === "sessions") {
      if (thing?.status !== "open") return invalid(400, "checkout_session_not_open");
      return ok(Object.assign(thing, { status: "expired", url: null }));
    }
    if (thing === undefined) {
      const amount = Number(fields.get("amount"));
      if (amount < 50) return invalid(400, "amount_too_small", "amount");
      const intent = make("pi", {
        object: "payment_intent",
        amount,
        currency: fields.get("currency"),
        customer: fields.get("customer"),
        payment_method: fields.get("payment_method"),
        metadata,
        status: "requires_confirmation",
        latest_charge: null,
        next_action: null,
        last_payment_error: null,
      });
      return confirm(intent, fields.get("off_session") === "true", null) ?? ok(intent);
    }
    if (["succeeded", "canceled", "processing"].includes(String(thing.status)))
      return invalid(400, "payment_intent_unexpected_state");
    if (action === "cancel") return ok(Object.assign(thing, { status: "canceled" }));
    return confirm(thing, fields.get("off_session") === "true", fields.get("return_url")) ?? ok(thing);
  }

  function answer(request: IncomingMessage, body: string, response: ServerResponse): void {
    const { method = "", url = "" } = request;
    const { pathname, searchParams } = new URL(url, "http://stripe.example");
    requests.push(`${method} ${pathname}`);
    const fault = faults.shift() ?? null;
    const send = ({ status, body: content }: Answer) =>
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
    if (fault === "cut_before") return void response.destroy();
    if (fault === "too_many_requests")
      return void send({ status: 429, body: { error: { type: "invalid_request_error", code: "rate_limit" } } });
    const key = request.headers["idempotency-key"];
    const said = `${method} ${pathname} ${body}`;
    const kept = typeof key === "string" ? keys.get(key) : undefined;
    const failure: Answer = {
      status: 500,
      body: { error: { type: "api_error", message: "Something is wrong here." } },
    };
    let result: Answer;
    if (kept?.answer) {
      const isOther = kept.request !== said;
      result = isOther ? { status: 400, body: { error: { type: "idempotency_error" } } } : kept.answer;
    } else {
      const done =
        fault === "error_before"
          ? failure
          : work(method, pathname, method === "GET" ? searchParams : new URLSearchParams(body));
      result = fault === "error_after" ? failure : done;
      // What a check of the parameters has refused is not kept.
      const isKept = !(result.status === 400 || result.status === 404);
      if (typeof key === "string" && isKept) keys.set(key, { request: said, answer: structuredClone(result) });
    }
    if (fault === "timeout_after") return;
    if (fault === "cut_after") return void response.destroy();
    send(result);
  }

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => answer(request, Buffer.concat(chunks).toString("utf8"), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    address: { host: "127.0.0.1", port: (server.address() as AddressInfo).port, protocol: "http", timeout: 250 },
    faults,
    things,
    requests,
    all,
    takenFor: (paymentId) =>
      all("charge")
        .filter(({ metadata }) => (metadata as Record<string, unknown> | undefined)?.payment_id === paymentId)
        .map(({ amount }) => Number(amount)),
    forgetKeys: () => keys.clear(),
    complete: (sessionId) => {
      const session = things.get(sessionId) as Thing;
      Object.assign(session, { status: "complete", url: null });
      if (session.mode === "setup") {
        session.setup_intent = make("seti", { object: "setup_intent", payment_method: stripeCards.good }).id;
        return;
      }
      const intent = make("pi", {
        object: "payment_intent",
        amount: session.amount_total,
        customer: session.customer,
        payment_method: stripeCards.good,
        metadata: session.intent_metadata,
      });
      succeed(intent);
      session.payment_intent = intent.id;
    },
  };
}
