/*
 * The framework by itself: fastify reading the same bodies by the same schema and answering as many bytes of the same shape, without
 * authentication, rating or a database. What it answers in a second is what our own work is measured against.
 */
import fastify from "fastify";

const text = { type: "string" };
const amount = { type: "object", properties: { amount: text, account_type: text, currency_code: text } };
const balance = { type: "object", properties: { balance: text, account_type: text, currency_code: text } };

const server = fastify();
server.post(
  "/v1/events/ingest",
  {
    schema: {
      body: {
        type: "object",
        required: ["event_name", "idempotency_key", "customer_id", "timestamp"],
        properties: {
          event_name: { type: "string", minLength: 1, maxLength: 255 },
          idempotency_key: { type: "string", minLength: 1, maxLength: 255 },
          customer_id: { type: "string", pattern: "^c[a-z0-9]{24}$" },
          timestamp: { type: "string" },
          properties: { type: "object" },
        },
      },
      response: {
        200: {
          type: "object",
          properties: {
            success: { type: "boolean" },
            status: text,
            request_id: text,
            usage_id: text,
            cost: { type: "array", items: amount },
            customer_balances: { type: "array", items: balance },
          },
        },
      },
    },
  },
  async () => ({
    success: true,
    status: "processed",
    request_id: "req_cmnf91wnks78pcmyf278699je",
    usage_id: "cmnf91wnks78pcmyf278699je",
    cost: [{ amount: "0.0042", account_type: "currency", currency_code: "usd" }],
    customer_balances: [{ balance: "99.9958", account_type: "currency", currency_code: "usd" }],
  }),
);
server.get(
  "/v1/customers/:id/balances",
  {
    schema: {
      response: {
        200: {
          type: "object",
          properties: { success: { type: "boolean" }, balances: { type: "array", items: balance }, request_id: text },
        },
      },
    },
  },
  async () => ({
    success: true,
    balances: [{ balance: "99.9958", account_type: "currency", currency_code: "usd" }],
    request_id: "req_cmnf91wnks78pcmyf278699je",
  }),
);
await server.listen({ host: "127.0.0.1", port: 0 });
const address = server.server.address();
process.stdout.write(`ready at http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
