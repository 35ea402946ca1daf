/**
 * The one table of errors. The wire carries the code and the message; `http/errors.ts` alone looks at the status, and the
 * page of errors in the documentation is made from this table. A message tells the caller what to do.
 */
export const errors = {
  VALIDATION_ERROR: { status: 400, message: "The request is not valid; `details` names each field to correct." },
  INVALID_JSON: { status: 400, message: "The request body is not valid JSON." },
  INVALID_PROPERTY: {
    status: 400,
    message:
      "A meter needs a numeric property that is missing or not a number; nothing was recorded. Send it again corrected.",
  },
  TIMESTAMP_IN_FUTURE: {
    status: 400,
    message: "The event's timestamp is more than 1 hour ahead of the server's clock.",
  },
  USAGE_TOO_LATE: {
    status: 400,
    message: "The event belongs to a period that is invoiced already, and its price takes no late usage.",
  },
  CUSTOMER_AMBIGUOUS: {
    status: 400,
    message: "More than one customer has this external id; send the customer_id instead.",
  },
  UNAUTHORIZED: { status: 401, message: "Missing or invalid Authorization header" },
  INVALID_API_KEY: { status: 401, message: "Invalid API key" },
  API_KEY_REVOKED: { status: 401, message: "API key has been revoked" },
  INVALID_CREDENTIALS: {
    status: 401,
    message: "The email or the password is wrong. After 10 wrong tries an email is locked for 15 minutes.",
  },
  SESSION_ENDED: { status: 401, message: "The session has ended; sign in again." },
  LINK_INVALID: {
    status: 400,
    message: "The link is used, replaced or too old; ask whoever sent it for another one.",
  },
  SECOND_FACTOR_REQUIRED: {
    status: 401,
    message: "The password is right; send the code that your app shows, or a recovery code, as `code`.",
  },
  SECOND_FACTOR_INVALID: {
    status: 401,
    message:
      "The code is wrong or used. Codes change every 30 seconds; after 10 wrong tries the email is locked for 15 minutes.",
  },
  SECOND_FACTOR_NOT_STARTED: {
    status: 409,
    message: "There is no second factor yet; begin one, then confirm it by a code.",
  },
  TOO_MANY_STREAMS: { status: 429, message: "Too many streams are open; close one, or try again later." },
  CSRF_REFUSED: {
    status: 403,
    message: "A request by a session must come from the dashboard's own page, with the header Afternoon-Dashboard: 1.",
  },
  FORBIDDEN: { status: 403, message: "Your role does not allow this; ask an owner or an admin of the company." },
  COMPANY_NOT_FOUND: { status: 404, message: "Company not found among those you are a member of." },
  MEMBER_NOT_FOUND: { status: 404, message: "Member not found" },
  NOT_FOUND: { status: 404, message: "There is no such route; see /docs for every operation." },
  CUSTOMER_NOT_FOUND: { status: 404, message: "Customer not found" },
  SUBSCRIPTION_NOT_FOUND: { status: 404, message: "Subscription not found" },
  PLAN_NOT_FOUND: { status: 404, message: "Plan not found" },
  PLAN_VERSION_NOT_FOUND: { status: 404, message: "Plan version not found" },
  METER_NOT_FOUND: { status: 404, message: "Meter not found" },
  PRICING_UNIT_NOT_FOUND: { status: 404, message: "Pricing unit not found" },
  CREDIT_GRANT_NOT_FOUND: { status: 404, message: "Credit grant not found" },
  INVOICE_NOT_FOUND: { status: 404, message: "Invoice not found" },
  LINE_ITEM_NOT_FOUND: { status: 404, message: "Line item not found" },
  COUPON_NOT_FOUND: { status: 404, message: "Coupon not found" },
  DISCOUNT_NOT_FOUND: { status: 404, message: "Discount not found" },
  TAX_RATE_NOT_FOUND: { status: 404, message: "Tax rate not found" },
  CREDIT_NOTE_NOT_FOUND: { status: 404, message: "Credit note not found" },
  PAYMENT_NOT_FOUND: { status: 404, message: "Payment not found" },
  PAYMENT_METHOD_NOT_FOUND: { status: 404, message: "Payment method not found" },
  TEST_CLOCK_NOT_FOUND: { status: 404, message: "Test clock not found; only test mode has clocks." },
  HOLD_NOT_FOUND: { status: 404, message: "Hold not found" },
  BALANCE_ALERT_NOT_FOUND: { status: 404, message: "Balance alert not found" },
  TOP_UP_RULE_NOT_FOUND: { status: 404, message: "Top-up rule not found" },
  MAIL_NOT_FOUND: { status: 404, message: "Mail not found" },
  WEBHOOK_ENDPOINT_NOT_FOUND: { status: 404, message: "Webhook endpoint not found" },
  WEBHOOK_DELIVERY_NOT_FOUND: { status: 404, message: "Webhook delivery not found" },
  WEBHOOK_EVENT_NOT_FOUND: { status: 404, message: "Webhook event not found" },
  API_KEY_NOT_FOUND: { status: 404, message: "API key not found" },
  EVENT_NOT_FOUND: { status: 404, message: "Event not found" },
  EVENT_ARCHIVED: {
    status: 410,
    message: "The events of that time are archived; have `afternoon events restore` bring them back, and try again.",
  },
  REJECTED_EVENT_NOT_FOUND: { status: 404, message: "Rejected event not found" },
  METHOD_NOT_ALLOWED: {
    status: 405,
    message: "This path does not take that method; the Allow header lists those it takes.",
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    message: "This idempotency key was used for a different request; use a new key for a new request.",
  },
  IDEMPOTENCY_KEY_IN_FLIGHT: {
    status: 409,
    message: "A request with this idempotency key is still being worked on; retry shortly.",
  },
  MEMBER_EXISTS: { status: 409, message: "The company has a member with this email; change their role instead." },
  LAST_OWNER: {
    status: 409,
    message: "This is the company's last owner; make another member an owner first.",
  },
  SUBSCRIPTION_EXISTS: {
    status: 409,
    message: "The customer already has a subscription to this plan; cancel it or change its plan instead.",
  },
  SUBSCRIPTION_ENDED: {
    status: 409,
    message: "The subscription has ended, for good; create a new one instead.",
  },
  SUBSCRIPTION_PENDING: {
    status: 409,
    message: "The subscription has not begun; activate it first, or cancel it and create another.",
  },
  PLAN_UNCHANGED: { status: 409, message: "The subscription has this plan already; choose another one." },
  CUSTOMER_HAS_INVOICES: {
    status: 409,
    message:
      "The customer has finalized invoices, which must keep their counterparty; erase the customer's personal fields instead.",
  },
  CUSTOMER_IN_USE: {
    status: 409,
    message:
      "The customer has a subscription that has not ended, a draft invoice, or a payment or refund under way; cancel the subscription, finalize or delete the draft, and wait until the money has arrived or failed.",
  },
  INVOICE_NOT_DRAFT: {
    status: 409,
    message: "The invoice is finalized and can no longer be changed; void it and make a new one, or give credit.",
  },
  INVOICE_NOT_OPEN: {
    status: 409,
    message: "The invoice is not open, so this cannot be done with it; look at its status.",
  },
  INVOICE_NOT_CREDITABLE: {
    status: 409,
    message: "Only a finalized invoice that is not void can be credited; change the draft, or make another invoice.",
  },
  CREDIT_TOO_LARGE: {
    status: 409,
    message: "Nothing, or more than is left of the invoice or its line, would be given back; credit less.",
  },
  INVOICE_EMPTY: { status: 409, message: "The invoice has no line items; add one before finalizing it." },
  INVOICE_TOTAL_NEGATIVE: {
    status: 409,
    message: "The invoice comes to less than 0; what is owed to a customer is credit, not an invoice.",
  },
  TEST_CLOCK_ADVANCING: {
    status: 409,
    message: "The test clock is advancing; wait until its status is ready.",
  },
  TEST_MODE_ONLY: { status: 409, message: "Only test mode has this; use a test key." },
  PAYMENT_IN_PROGRESS: {
    status: 409,
    message: "A payment of this invoice is in progress; wait for its outcome before trying another.",
  },
  PAYMENT_METHOD_MISSING: {
    status: 409,
    message: "The customer has no payment method that can be charged; save one, or name one.",
  },
  CARDS_NOT_TAKEN: {
    status: 409,
    message: "No provider that takes cards is set up in this mode, so this cannot be paid or saved by card.",
  },
  PROVIDER_UNAVAILABLE: {
    status: 503,
    message: "The payment provider did not answer as it should; check its keys in the payment settings, and try again.",
  },
  SIGNATURE_INVALID: {
    status: 400,
    message: "The signature is not the provider's; set the signing secret of this endpoint in the payment settings.",
  },
  MAIL_ADDRESS_MISSING: {
    status: 409,
    message: "The customer has no email address; give the customer one, then send the mail again.",
  },
  PAYMENT_NOT_REFUNDABLE: {
    status: 409,
    message: "Only a payment that has succeeded can be refunded; look at its status.",
  },
  REFUND_TOO_LARGE: {
    status: 409,
    message: "That is more than is left of the payment and its invoice to give back; refund less.",
  },
  PLAN_EXISTS: { status: 409, message: "A plan with this code exists; add a version to it instead." },
  METER_EXISTS: { status: 409, message: "A meter with this code exists; choose another code." },
  METER_IN_USE: { status: 409, message: "A plan prices this meter; make a plan version without it first." },
  COUPON_EXISTS: { status: 409, message: "A coupon with this code exists; choose another code." },
  COUPON_NOT_REDEEMABLE: {
    status: 409,
    message:
      "The coupon can be redeemed no more: it is archived, its time is over, or it has been redeemed as often as it may be.",
  },
  COUPON_REDEEMED: {
    status: 409,
    message: "The customer has this discount already, for the same invoices; end that first.",
  },
  TAX_RATE_EXISTS: { status: 409, message: "A tax rate with this code exists; choose another code." },
  PRICING_UNIT_EXISTS: { status: 409, message: "A pricing unit with this code exists; choose another code." },
  CONVERSION_EXISTS: {
    status: 409,
    message: "The pricing unit has a conversion to this currency from this instant on; choose another instant.",
  },
  CONVERSION_MISSING: {
    status: 409,
    message:
      "A fee or a top-up is in a pricing unit that has no conversion to the invoice's currency at that time; add one.",
  },
  CREDIT_GRANT_ENDED: {
    status: 409,
    message: "The grant is used up or expired, so nothing of it is left to void; make an adjustment instead.",
  },
  HOLD_TOO_LARGE: {
    status: 409,
    message:
      "Less than that is available, and the customer's plan forbids an overdraft; hold less, or grant credits first.",
  },
  CAPTURE_REFUSED: {
    status: 409,
    message: "Not every event could be recorded, so none was; `details` says why of each.",
  },
  HOLD_ENDED: {
    status: 409,
    message: "The hold is captured, released or expired, so nothing is reserved by it; make another one.",
  },
  TOP_UP_RULE_EXISTS: {
    status: 409,
    message: "The customer has a top-up rule for this currency or pricing unit; change that one instead.",
  },
  TOO_MANY_BALANCE_ALERTS: {
    status: 409,
    message: "The wallet has 20 balance alerts, which is the most; delete one first.",
  },
  PAYLOAD_TOO_LARGE: { status: 413, message: "The request body is larger than 1 MiB; send less at a time." },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    message: "Send the body as uncompressed UTF-8 JSON with Content-Type: application/json.",
  },
  INSUFFICIENT_BALANCE: {
    status: 200,
    message:
      "The event costs more than the wallet holds, and the plan forbids an overdraft; grant credits and send it again.",
  },
  RATE_LIMIT_EXCEEDED: { status: 429, message: "Too many requests; wait for the seconds in Retry-After." },
  INTERNAL_ERROR: {
    status: 500,
    message: "Something went wrong on our side; retry, and report the request_id if it stays.",
  },
  SERVICE_UNAVAILABLE: { status: 503, message: "The service cannot answer right now; retry shortly." },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof errors;

/** One thing wrong with a request: where (dotted path, array positions as numbers) and what to do about it. */
export type ErrorDetail = { path: string; message: string };

/**
 * A refusal by a rule or by a schema, as opposed to a bug. The code comes from the table above; `message` replaces the table's
 * where the case can say it better, and `details` reaches the caller as it is. `isOfBody`: the refused thing is named in the
 * body, as an event names its customer; the contract answers such refusals as a bad request, whatever the table says.
 */
export class BillingError extends Error {
  readonly code: ErrorCode;
  readonly details: unknown;
  readonly isOfBody: boolean;

  constructor(
    code: ErrorCode,
    options: { message?: string; details?: unknown; isOfBody?: boolean; cause?: unknown } = {},
  ) {
    super(options.message ?? errors[code].message, { cause: options.cause });
    this.name = "BillingError";
    this.code = code;
    this.details = options.details;
    this.isOfBody = options.isOfBody ?? false;
  }
}
