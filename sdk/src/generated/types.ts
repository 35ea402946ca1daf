// Made from openapi.json by `npm run generate`; a change here is lost.

export type IngestEventRequest = {
  /** What happened; meters choose events by it. */
  event_name: string;
  /** Yours, once per event: sending it again charges nothing. */
  idempotency_key: string;
  /** The customer who used it. Give this or `external_customer_id`. */
  customer_id?: string;
  /** Your own id of the customer. It must be exactly one customer's. */
  external_customer_id?: string;
  /** When it happened, in UTC; at most 1 hour ahead. */
  timestamp: string;
  /** What happened, for the meters to read. Numbers may be JSON numbers or numeric strings; both are read exactly from their text. */
  properties?: { [key: string]: unknown };
};

export type IngestEventListRequest = {
  /** Worked in this order. All are checked before any is accepted. */
  events: IngestEventRequest[];
};

export type IngestEventBatchRequest = {
  /** Worked in this order. One that is malformed is refused by itself. */
  events: IngestEventRequest[];
};

export type EstimateEventRequest = {
  /** What happened; meters choose events by it. */
  event_name: string;
  /** Taken so that an event can be sent as it is, and not looked at: one that was recorded before is estimated as if it were new. */
  idempotency_key?: string;
  /** The customer who used it. Give this or `external_customer_id`. */
  customer_id?: string;
  /** Your own id of the customer. It must be exactly one customer's. */
  external_customer_id?: string;
  /** When it would happen, in UTC; at most 1 hour ahead. Left out: now. */
  timestamp?: string;
  /** What happened, for the meters to read. Numbers may be JSON numbers or numeric strings; both are read exactly from their text. */
  properties?: { [key: string]: unknown };
};

export type EstimateEventListRequest = {
  /** Estimated in this order, each as if those before it had been recorded. */
  events: EstimateEventRequest[];
};

export type CreateCustomerRequest = {
  /** Name of the company or person. */
  name?: string | null;
  /** First name. */
  first_name?: string | null;
  /** Last name. */
  last_name?: string | null;
  /** Where invoices go. */
  email?: string | null;
  /** Phone number. */
  phone?: string | null;
  /** Website. */
  url?: string | null;
  /** Your own id of this customer. Not unique. */
  external_id?: string | null;
  billing_address?: AddressInput | null;
  shipping_address?: AddressInput | null;
  /** Currency of the customer's invoices; null is the company's. */
  currency_code?: string | null;
  /** Tax id, as it shall stand on invoices. */
  tax_id?: string | null;
  /**
   * IANA timezone: billing periods start at its midnight.
   * @default "UTC"
   */
  timezone?: string;
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

export type AddressInput = {
  /** Street and number. */
  line1?: string | null;
  /** Flat, floor, building. */
  line2?: string | null;
  /** City. */
  city?: string | null;
  /** State, province or region. */
  state?: string | null;
  /** Postal code. */
  postal_code?: string | null;
  /** ISO 3166-1 alpha-2. */
  country?: string | null;
};

export type UpdateCustomerRequest = {
  /** Name of the company or person. */
  name?: string | null;
  /** First name. */
  first_name?: string | null;
  /** Last name. */
  last_name?: string | null;
  /** Where invoices go. */
  email?: string | null;
  /** Phone number. */
  phone?: string | null;
  /** Website. */
  url?: string | null;
  /** Your own id of this customer. Not unique. */
  external_id?: string | null;
  billing_address?: AddressInput | null;
  shipping_address?: AddressInput | null;
  /** Currency of the customer's invoices; null is the company's. */
  currency_code?: string | null;
  /** Tax id, as it shall stand on invoices. */
  tax_id?: string | null;
  /** IANA timezone: billing periods start at its midnight. */
  timezone?: string | null;
  /** Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500. */
  metadata?: { [key: string]: string } | null;
};

export type CreateCreditGrantRequest = {
  /** What the customer is told it is. */
  name: string;
  /** How much: above 0, exact. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Promotional credits are drawn before paid ones of the same priority and expiry.
   * @default "promotional"
   */
  kind?: "promotional" | "paid";
  /**
   * The lower number is drawn first.
   * @default 0
   */
  priority?: number;
  /** When it counts from; the default is now. */
  effective_at?: string | null;
  /** When what is left of it ends; null is never. */
  expires_at?: string | null;
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

export type CreateSubscriptionRequest = {
  /** The customer who subscribes. */
  customer_id: string;
  /** The plan; its latest version is taken and kept. */
  plan_code: string;
  /** When it starts: an instant, or a day in the customer's timezone. The default is now. */
  start_date?: string | null;
  /**
   * Day of the month on which periods begin; 29 to 31 fall on the last day of a shorter month.
   * @default 1
   */
  billing_anchor_day?: number;
  /**
   * A pending subscription charges nothing until it is made active.
   * @default "pending"
   */
  initial_status?: "pending" | "active";
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

export type UpdateSubscriptionRequest = {
  /** `active` starts a pending subscription; `canceled` ends it now and sets `canceled_at`. */
  status?: "pending" | "trialing" | "active" | "past_due" | "canceled";
  /** Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500. */
  metadata?: { [key: string]: string };
};

export type CreatePricingUnitRequest = {
  /** What prices, grants and wallets name it by. Never changes. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** For people; Afternoon does not read it. */
  description?: string | null;
};

export type CreateMeterRequest = {
  /** What prices name it by. Never changes. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** Only events of this name are measured. */
  event_name: string;
  aggregation: MeterAggregationInput;
  /** An event is measured only if all of them hold. */
  filters?: MeterFilterInput[];
};

/** What is measured: how many events there were, or the sum of a numeric property. */
export type MeterAggregationInput = {
  type: "count";
} | {
  type: "sum";
  /** Name of a property at the top level of the event's `properties`. */
  property: string;
};

export type MeterFilterInput = {
  /** Name of a property at the top level of the event's `properties`. */
  property: string;
  operator: "equals" | "not_equals";
  value: string | number | boolean;
} | {
  /** Name of a property at the top level of the event's `properties`. */
  property: string;
  operator: "in";
  values: (string | number | boolean)[];
} | {
  /** Name of a property at the top level of the event's `properties`. */
  property: string;
  operator: "exists" | "not_exists";
} | {
  /** Name of a property at the top level of the event's `properties`. */
  property: string;
  operator: "greater_than" | "greater_than_or_equal" | "less_than" | "less_than_or_equal";
  /** What the property's number is compared with. */
  value: string | number;
};

export type UpdateMeterRequest = {
  /** What people read; `null` goes back to the code. */
  name?: string | null;
  /** An archived meter measures no event. */
  archived?: boolean;
};

export type CreatePlanRequest = {
  /** What subscriptions name it by. Never changes. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** For people; Afternoon does not read it. */
  description?: string | null;
  /** @default "month" */
  billing_interval?: "week" | "month" | "quarter" | "year";
  /**
   * How many intervals make one billing period.
   * @default 1
   */
  billing_interval_count?: number;
  /** What the usage that meters measure costs. */
  usage_prices?: UsagePriceInput[];
  /** What the plan costs whether or not it is used. */
  fixed_fees?: FixedFeeInput[];
  /** Whether usage may take a wallet below zero. A denomination that is not listed is allowed. */
  overdraft?: OverdraftRuleInput[];
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

/** What a meter's usage costs, in a currency or a pricing unit. */
export type UsagePriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /** @default "per_unit" */
  model?: "per_unit";
  /** What one unit costs, exact. */
  unit_amount: string | number;
};

export type FixedFeeInput = {
  /** Unique among the fees of the document. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** What one billing period costs, exact. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Billed as a period begins, or as it ends.
   * @default "in_advance"
   */
  billing?: "in_advance" | "in_arrears";
};

export type OverdraftRuleInput = {
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /** `block` refuses an event that costs more than the wallet holds. */
  policy: "allow" | "block";
};

export type CreatePlanVersionRequest = {
  /** What people read; the default is the code. */
  name?: string | null;
  /** For people; Afternoon does not read it. */
  description?: string | null;
  /** @default "month" */
  billing_interval?: "week" | "month" | "quarter" | "year";
  /**
   * How many intervals make one billing period.
   * @default 1
   */
  billing_interval_count?: number;
  /** What the usage that meters measure costs. */
  usage_prices?: UsagePriceInput[];
  /** What the plan costs whether or not it is used. */
  fixed_fees?: FixedFeeInput[];
  /** Whether usage may take a wallet below zero. A denomination that is not listed is allowed. */
  overdraft?: OverdraftRuleInput[];
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

export type CreateApiKeyRequest = {
  /** What the key is for. */
  name?: string | null;
};

/** What became of the event */
export type IngestEventResponse = {
  success: boolean;
  /** `processed`: recorded and charged. `duplicate`: seen before; the first usage and cost, nothing charged again. `rejected`: it would overdraw a wallet whose plan forbids that; nothing is recorded, and a later retry may succeed. */
  status: "processed" | "duplicate" | "rejected";
  /** Id of the recorded usage; left out when rejected. */
  usage_id?: string;
  /** What it cost, for each denomination touched; empty when no price matched. */
  cost: Cost[];
  /** What the customer's wallets hold now. */
  customer_balances: WalletBalance[];
  /** Why it was rejected: `INSUFFICIENT_BALANCE`. */
  error?: {
    code: string;
    message: string;
  };
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Cost = {
  /** What it cost; below zero it was credited. */
  amount: string;
  /** Type of wallet account */
  account_type: WalletBalanceAccountType;
  /** Pricing unit code (if account type is pricing_unit) */
  pricing_unit_code?: string;
  /** Currency code (if account type is currency) */
  currency_code?: string;
};

/** Type of wallet account */
export type WalletBalanceAccountType = "pricing_unit" | "currency";

export type WalletBalance = {
  /** Current wallet balance */
  balance: string;
  /** Type of wallet account */
  account_type: WalletBalanceAccountType;
  /** Pricing unit code (if account type is pricing_unit) */
  pricing_unit_code?: string;
  /** Currency code (if account type is currency) */
  currency_code?: string;
};

/** The events of a list are stored and will be worked in order */
export type IngestEventListResponse = {
  success: boolean;
  /** How many events were queued: all of them. */
  accepted: number;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type ErrorResponse = {
  success: boolean;
  error: ErrorResponseError;
  /** Request ID for tracing */
  request_id?: string;
};

export type ErrorResponseError = {
  code: string;
  message: string;
  /** Any type */
  details?: unknown;
};

/** What became of each event */
export type IngestEventBatchResponse = {
  success: boolean;
  /** One for each event, in order. */
  results: EventResult[];
  /** Id of this request, for tracing. */
  request_id: string;
};

export type EventResult = {
  /** Its place in the request's `events`, from 0. */
  index: number;
  /** `processed`: recorded and charged. `duplicate`: seen before; the first usage and cost, nothing charged again. `rejected`: it would overdraw a wallet whose plan forbids that. `refused`: it cannot be recorded as it is. Of the last two nothing is recorded, and `error` says why. */
  status: "processed" | "duplicate" | "rejected" | "refused";
  /** Id of the recorded usage; left out when there is none. */
  usage_id?: string;
  /** What it cost, for each denomination touched; empty when no price matched. */
  cost: Cost[];
  /** What the customer's wallets hold now. */
  customer_balances: WalletBalance[];
  error?: EventError;
};

/** Why nothing is recorded of the event. */
export type EventError = {
  code: string;
  message: string;
  details?: unknown;
};

/** What would become of each event */
export type EstimateEventsResponse = {
  success: boolean;
  /** One for each event, in order. */
  results: EstimateResult[];
  /** Id of this request, for tracing. */
  request_id: string;
};

export type EstimateResult = {
  /** Its place in the request's `events`, from 0. */
  index: number;
  /** `processed`: it would be recorded and charged. `rejected`: it would overdraw a wallet whose plan forbids that. `refused`: it could not be recorded as it is. Of the last two `error` says why, and the next events build on what was before. */
  status: "processed" | "rejected" | "refused";
  /** What it would cost, for each denomination touched; empty when no price matches. */
  cost: Cost[];
  /** What the customer's wallets would hold after it; empty when it is refused. */
  customer_balances: WalletBalance[];
  error?: EventError;
};

/** The customer's usage */
export type CustomerUsageResponse = {
  success: boolean;
  /** By start, and then by group. */
  usage: UsageRow[];
  total: UsageTotal;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type UsageRow = {
  /** Its first instant. */
  start: string;
  /** The instant at which it ends, which is no longer in it. */
  end: string;
  /** The value of each property in `group_by`; numbers as strings, null if it is missing. */
  group: { [key: string]: string | boolean | null };
  /** The meter's reading over these events alone; of a weighted sum, the level that the range's earlier events left is in it. Prices may count in other steps. */
  quantity: string;
  /** How many events it is the reading of. */
  event_count: number;
  /** What the meter's prices charged for these events as each was recorded, by denomination; empty if none did. */
  cost: Cost[];
};

export type UsageTotal = {
  /** Its first instant. */
  start: string;
  /** The instant at which it ends, which is no longer in it. */
  end: string;
  /** The meter's reading over these events alone; of a weighted sum, the level that the range's earlier events left is in it. Prices may count in other steps. */
  quantity: string;
  /** How many events it is the reading of. */
  event_count: number;
  /** What the meter's prices charged for these events as each was recorded, by denomination; empty if none did. */
  cost: Cost[];
  /** How many more events the meter chooses and cannot read, because a property is missing or not what it needs: recorded before there was the meter, and in no figure. */
  unreadable_event_count: number;
};

/** The queue */
export type EventQueueResponse = {
  success: boolean;
  queue: EventQueue;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type EventQueue = {
  /** Accepted events that are not worked yet. */
  waiting: number;
  /** When the oldest of them was accepted; null if none waits. */
  oldest_accepted_at: string | null;
};

export type RejectedEventListResponse = {
  success: boolean;
  rejected_events: RejectedEvent[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type RejectedEvent = {
  /** Id of the rejected event. */
  id: string;
  /** As it was sent. */
  event_name: string;
  /** As it was sent. */
  idempotency_key: string;
  /** The customer, if the event named one of ours or the external id was somebody's. */
  customer_id: string | null;
  /** As it was sent; null if it was not. */
  external_customer_id: string | null;
  /** As it was sent. */
  timestamp: string;
  /** As they were sent. */
  properties: { [key: string]: unknown };
  error: EventError;
  /** When it was accepted. */
  accepted_at: string;
  /** When it was last tried. */
  rejected_at: string;
};

export type Pagination = {
  /** Whether there are more after this page. */
  has_more: boolean;
  /** Pass it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};

/** The rejected event */
export type RejectedEventResponse = {
  success: boolean;
  rejected_event: RejectedEvent;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** It is gone */
export type DiscardRejectedEventResponse = {
  success: boolean;
  /** Id of the discarded event. */
  id: string;
  deleted: true;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** What became of the event */
export type RetryRejectedEventResponse = {
  success: boolean;
  /** `processed`: recorded and charged. `duplicate`: seen before; the first usage and cost, nothing charged again. `rejected`: it would overdraw a wallet whose plan forbids that. `refused`: it cannot be recorded as it is. Of the last two nothing is recorded, and `error` says why. */
  status: "processed" | "duplicate" | "rejected" | "refused";
  /** Id of the recorded usage; left out when there is none. */
  usage_id?: string;
  /** What it cost, for each denomination touched; empty when no price matched. */
  cost: Cost[];
  /** What the customer's wallets hold now. */
  customer_balances: WalletBalance[];
  error?: EventError;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The customer */
export type CustomerResponse = {
  success: boolean;
  customer: Customer;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Customer = {
  /** Id of the customer. */
  id: string;
  name: string | null;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  phone: string | null;
  url: string | null;
  /** Your own id of this customer. Not unique. */
  external_id: string | null;
  billing_address: Address | null;
  shipping_address: Address | null;
  /** ISO 4217, lower case; null is the company's. */
  currency_code: string | null;
  tax_id: string | null;
  /** IANA timezone: billing periods start at its midnight. */
  timezone: string;
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When it was created. */
  created_at: string;
  /** When it last changed. */
  updated_at: string;
};

export type Address = {
  line1: string | null;
  line2: string | null;
  city: string | null;
  state: string | null;
  postal_code: string | null;
  /** ISO 3166-1 alpha-2. */
  country: string | null;
};

export type CustomerListResponse = {
  success: boolean;
  customers: Customer[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The customers found */
export type CustomerSearchResponse = {
  success: boolean;
  customers: Customer[];
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The customer is deleted */
export type CustomerDeletedResponse = {
  success: boolean;
  /** Id of the customer. */
  id: string;
  deleted: true;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** Customer balances */
export type CustomerBalancesResponse = {
  success: boolean;
  balances: WalletBalance[];
  /** Id of this request, for tracing. */
  request_id: string;
};

export type LedgerResponse = {
  success: boolean;
  entries: LedgerEntry[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type LedgerEntry = {
  /** Number of the entry in its wallet's chain, from 1 and without gaps. */
  seq: number;
  /** What moved the balance. */
  kind: "grant" | "usage" | "usage_reversal" | "expiry" | "void" | "invoice_settlement" | "adjustment";
  /** Signed: above zero raised the balance. */
  amount: string;
  /** The wallet's balance after this entry. */
  balance_after: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** What brought it about: the id of the usage, the grant, … */
  cause_id: string;
  /** What the entry took from each grant. */
  draws: {
    credit_grant_id: string;
    /** How much this grant gave. */
    amount: string;
  }[];
  /** When it took effect. */
  occurred_at: string;
  /** When it was written. */
  recorded_at: string;
};

/** The grant */
export type CreditGrantResponse = {
  success: boolean;
  credit_grant: CreditGrant;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type CreditGrant = {
  /** Id of the grant. */
  id: string;
  /** The customer it belongs to. */
  customer_id: string;
  /** The subscription it was granted on, if it was. */
  subscription_id: string | null;
  name: string;
  /** What was granted. */
  amount: string;
  /** What is left to draw; 0 once it has ended. */
  remaining: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  kind: "promotional" | "paid";
  /** The lower number is drawn first. */
  priority: number;
  /** When it counts from. */
  effective_at: string;
  /** When what is left of it ends; null is never. */
  expires_at: string | null;
  /** A grant that is not effective yet is active too. */
  status: "active" | "exhausted" | "expired" | "voided";
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When it was created. */
  created_at: string;
};

export type CreditGrantListResponse = {
  success: boolean;
  credit_grants: CreditGrant[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The subscription */
export type SubscriptionResponse = {
  success: boolean;
  subscription: Subscription;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Subscription = {
  /** Id of the subscription. */
  id: string;
  /** The customer who subscribes. */
  customer_id: string;
  plan_code: string;
  /** The version of the plan that it keeps until it is moved. */
  plan_version: number;
  status: "pending" | "trialing" | "active" | "past_due" | "canceled";
  /** When it starts. */
  start_date: string;
  billing_anchor_day: number;
  /** Start of the current billing period. */
  current_period_start: string;
  /** End of the current billing period, which is not part of it. */
  current_period_end: string;
  /** When the next period begins; null once it has ended. */
  next_renewal_date: string | null;
  trial_end: string | null;
  cancel_at: string | null;
  canceled_at: string | null;
  ended_at: string | null;
  scheduled_plan_code: string | null;
  previous_subscription_id: string | null;
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When it was created. */
  created_at: string;
  /** When it last changed. */
  updated_at: string;
};

export type SubscriptionListResponse = {
  success: boolean;
  subscriptions: Subscription[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The pricing unit */
export type PricingUnitResponse = {
  success: boolean;
  pricing_unit: PricingUnit;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type PricingUnit = {
  /** Id of the pricing unit. */
  id: string;
  /** What prices, grants and wallets name it by. */
  code: string;
  name: string;
  description: string | null;
  /** When it was created. */
  created_at: string;
};

export type PricingUnitListResponse = {
  success: boolean;
  pricing_units: PricingUnit[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The meter */
export type MeterResponse = {
  success: boolean;
  meter: Meter;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Meter = {
  /** Id of the meter. */
  id: string;
  /** What prices name it by. */
  code: string;
  name: string;
  /** Only events of this name are measured. */
  event_name: string;
  aggregation: MeterAggregation;
  /** An event is measured only if all of them hold. */
  filters: MeterFilter[];
  /** An archived meter measures no event. */
  archived: boolean;
  /** When it was archived; null while it is not. */
  archived_at: string | null;
  /** When it was created. */
  created_at: string;
};

export type MeterAggregation = {
  type: "count";
} | {
  type: "sum";
  property: string;
};

export type MeterFilter = {
  property: string;
  operator: "equals" | "not_equals";
  value: string | number | boolean;
} | {
  property: string;
  operator: "in";
  values: (string | number | boolean)[];
} | {
  property: string;
  operator: "exists" | "not_exists";
} | {
  property: string;
  operator: "greater_than" | "greater_than_or_equal" | "less_than" | "less_than_or_equal";
  /** What the property's number is compared with. */
  value: string;
};

export type MeterListResponse = {
  success: boolean;
  meters: Meter[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The plan */
export type PlanResponse = {
  success: boolean;
  plan: Plan;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Plan = {
  /** Id of the plan. */
  id: string;
  /** What subscriptions name it by. */
  code: string;
  /** The latest version, which is the one shown; the first is 1. */
  version: number;
  name: string;
  description: string | null;
  billing_interval: "week" | "month" | "quarter" | "year";
  /** How many intervals make one billing period. */
  billing_interval_count: number;
  usage_prices: UsagePrice[];
  fixed_fees: FixedFee[];
  /** A denomination that is not listed is allowed. */
  overdraft: OverdraftRule[];
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When the plan was created. */
  created_at: string;
  /** When its latest version was created. */
  updated_at: string;
};

export type UsagePrice = {
  /** Unique in the document. */
  code: string;
  meter_code: string;
  model: "per_unit";
  /** What one unit costs. */
  unit_amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
};

export type FixedFee = {
  code: string;
  name: string;
  /** What one billing period costs. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Billed as a period begins, or as it ends. */
  billing: "in_advance" | "in_arrears";
};

export type OverdraftRule = {
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  policy: "allow" | "block";
};

export type PlanListResponse = {
  success: boolean;
  plans: Plan[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The version */
export type PlanVersionResponse = {
  success: boolean;
  plan_version: PlanVersion;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type PlanVersion = {
  plan_code: string;
  /** The first is 1, and there are no gaps. */
  version: number;
  name: string;
  description: string | null;
  billing_interval: "week" | "month" | "quarter" | "year";
  /** How many intervals make one billing period. */
  billing_interval_count: number;
  usage_prices: UsagePrice[];
  fixed_fees: FixedFee[];
  /** A denomination that is not listed is allowed. */
  overdraft: OverdraftRule[];
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When the version was created. It never changes after that. */
  created_at: string;
};

export type PlanVersionListResponse = {
  success: boolean;
  plan_versions: PlanVersion[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The key */
export type NewApiKeyResponse = {
  success: boolean;
  api_key: NewApiKey;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type NewApiKey = {
  /** Id of the key. */
  id: string;
  /** What the key is for. */
  name: string | null;
  /** Which data it opens: live or test. */
  mode: "live" | "test";
  /** The key's last four characters, to recognise it by. */
  last_four: string;
  /** When it was created. */
  created_at: string;
  /** When it was revoked; null while it is valid. */
  revoked_at: string | null;
  /** The whole key. Shown only here: only its hash is stored. */
  key: string;
};

export type ApiKeyListResponse = {
  success: boolean;
  api_keys: ApiKey[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type ApiKey = {
  /** Id of the key. */
  id: string;
  /** What the key is for. */
  name: string | null;
  /** Which data it opens: live or test. */
  mode: "live" | "test";
  /** The key's last four characters, to recognise it by. */
  last_four: string;
  /** When it was created. */
  created_at: string;
  /** When it was revoked; null while it is valid. */
  revoked_at: string | null;
};

/** The key */
export type ApiKeyResponse = {
  success: boolean;
  api_key: ApiKey;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The process serves requests. */
export type HealthResponse = {
  success: boolean;
  status: "ok";
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The server can work. */
export type ReadyResponse = {
  success: boolean;
  status: "ok";
  /** Id of this request, for tracing. */
  request_id: string;
};

export type GetCustomerUsageQuery = {
  /** The meter to read; an archived one too. */
  meter_code: string;
  /** The first instant, or the first day in the customer's time zone. Left out: the first of the calendar month in which the range ends. */
  from?: string;
  /** The instant at which the range ends, or the day before which it ends: it is not in it. At most 400 days after `from`. Left out: now. */
  to?: string;
  /**
   * One row for each hour, day or month in the customer's time zone, the first and the last cut to the range; `none`: one row for all of it.
   * @default "none"
   */
  window?: "hour" | "day" | "month" | "none";
  /** Up to 5 names of properties, with commas between them: each combination of their values has its own rows. A property that is missing, a list or an object counts as null, and a number and the string that writes it as one value. */
  group_by?: string;
};

export type ListRejectedEventsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only this customer's. */
  customer_id?: string;
  /** Only those with this error code. */
  code?: string;
};

export type ListCustomersQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type SearchCustomersQuery = {
  name?: string;
  first_name?: string;
  last_name?: string;
  external_id?: string;
};

export type ListLedgerQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only the wallet in this currency. */
  currency_code?: string;
  /** Only the wallet in this pricing unit. */
  pricing_unit_code?: string;
};

export type ListCustomerCreditGrantsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListSubscriptionsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only this customer's. */
  customer_id?: string;
  /** Only those in this status. */
  status?: "pending" | "trialing" | "active" | "past_due" | "canceled";
};

export type ListPricingUnitsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListMetersQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListPlansQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListPlanVersionsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListApiKeysQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};
