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
   * `taxable` has the taxes of their country, `exempt` has none, `reverse_charge` accounts for them themselves. A tax rate can be reversed by a tax id without it.
   * @default "taxable"
   */
  tax_status?: "taxable" | "exempt" | "reverse_charge";
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
  /** The test clock by whose time the customer lives; test mode only, and for ever. */
  test_clock_id?: string | null;
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
  /** `taxable` has the taxes of their country, `exempt` has none, `reverse_charge` accounts for them themselves. A tax rate can be reversed by a tax id without it. */
  tax_status?: "taxable" | "exempt" | "reverse_charge" | null;
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
  /**
   * What it pays: `usage` as it comes, or `everything`: invoices too, with what is left of it as they are finalized.
   * @default "usage"
   */
  applies_to?: "usage" | "everything";
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

export type CreateBalanceAlertRequest = {
  /** Below this the balance is low; a threshold below 0 watches what is owed. */
  threshold: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
};

export type CreateTopUpRuleRequest = {
  /** Below this a top-up is due; it may be below 0. */
  threshold: string | number;
  /** What one top-up is a whole number of: as many as close the whole shortfall to the threshold. A currency's amount is whole minor units. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /** The most that the rule buys in a calendar day of the customer's timezone; null is no limit. */
  daily_limit?: string | number | null;
  /** The most that the rule buys in a calendar month of the customer's timezone; null is no limit. */
  monthly_limit?: string | number | null;
  /** After how many days of 24 hours what is left of the credits expires; null is never. */
  credits_expire_after_days?: number | null;
};

export type UpdateTopUpRuleRequest = {
  /** Below this a top-up is due; it may be below 0. */
  threshold?: string | number;
  /** What one top-up is a whole number of: as many as close the whole shortfall to the threshold. A currency's amount is whole minor units. */
  amount?: string | number;
  /** The most that the rule buys in a calendar day of the customer's timezone; null is no limit. */
  daily_limit?: string | number | null;
  /** The most that the rule buys in a calendar month of the customer's timezone; null is no limit. */
  monthly_limit?: string | number | null;
  /** After how many days of 24 hours what is left of the credits expires; null is never. */
  credits_expire_after_days?: number | null;
  /** `ready` turns it on, also after a payment that failed; `off` turns it off. */
  status?: "ready" | "off";
};

export type CreateTopUpRequest = {
  /** How much to buy; of a currency, whole minor units. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /** After how many days of 24 hours what is left of the credits expires; null is never. */
  credits_expire_after_days?: number | null;
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
  /** How many seats; what fees and credits per seat are multiplied by. */
  quantity?: string | number;
  /**
   * A pending subscription charges nothing until it is made active.
   * @default "pending"
   */
  initial_status?: "pending" | "active";
  /** Usage prices that stand in place of the plan's prices of the same `code`, for this subscription alone and for as long as it lasts; each names the plan's meter and denomination. */
  price_overrides?: UsagePriceInput[];
  /** Amounts that stand in place of those of the plan's fixed fees of the same `code`. */
  fee_overrides?: FeeOverrideInput[];
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

/** What a meter's usage costs, in a currency or a pricing unit, by one of nine models; `per_unit` if `model` is left out. */
export type UsagePriceInput = PerUnitPriceInput | GraduatedPriceInput | VolumePriceInput | PackagePriceInput | PercentagePriceInput | GraduatedPercentagePriceInput | MatrixPriceInput | DynamicPriceInput | FlatPerEventPriceInput;

/** Every unit costs the same. 0.002 per unit: 1,500 units cost 3. */
export type PerUnitPriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  /** @default "per_unit" */
  model?: "per_unit";
  /** What one unit costs, exact, in the price's denomination. */
  unit_amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

export type UnitRoundingInput = {
  /** `round` sends half a step away from zero. */
  mode: "ceil" | "floor" | "round";
  /** The size of a step, in units of the meter: `60` of a meter of seconds is a minute. */
  step: string | number;
  /** Whether every event's quantity is rounded before it is added, or the period's reading before it is priced. */
  per: "event" | "period";
};

/** Every unit costs what its own tier says. 10 units at 2, more at 1: 12 units cost 22. */
export type GraduatedPriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "graduated";
  /** In rising order of `up_to`, the last one without an end. */
  tiers: TierInput[];
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

export type TierInput = {
  /** Units up to here, inclusive, fall into the tier, from the end of the one before it; null in the last one, which has no end. */
  up_to: string | number | null;
  /** What one unit costs, in the price's denomination. */
  unit_amount: string | number;
  /**
   * Owed once per period, as soon as anything falls into the tier.
   * @default "0"
   */
  flat_amount?: string | number;
};

/** All units cost what the tier of the last one says. Up to 10 at 2, more at 1: 12 units cost 12. */
export type VolumePriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "volume";
  /** In rising order of `up_to`, the last one without an end. */
  tiers: TierInput[];
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

/** Whole packages, a started one included, after the free units. 5 per 100, 100 free: 201 units cost 10. */
export type PackagePriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "package";
  /** Units in one package. */
  package_size: string | number;
  /** What one package costs, started ones as well, in the price's denomination. */
  package_amount: string | number;
  /**
   * Units of a period before the first package.
   * @default "0"
   */
  free_units?: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

/** A part of the quantity, which is an amount of money, and an amount per event. 2.9 % and 0.30: a payment of 100 costs 3.20. */
export type PercentagePriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "percentage";
  /** In percent of the quantity: `2.9` is 2.9 %. */
  rate_percent: string | number;
  /**
   * What every event costs beside the rate, in the price's denomination.
   * @default "0"
   */
  fixed_amount?: string | number;
  /**
   * The part of a period's quantity that is free of the rate; `fixed_amount` is owed all the same.
   * @default "0"
   */
  free_amount?: string | number;
  /** The least that one event costs. With it every event is charged on its own, and nothing can be free or included. */
  minimum_per_event?: string | number | null;
  /** The most that one event costs. With it every event is charged on its own, and nothing can be free or included. */
  maximum_per_event?: string | number | null;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

/** Like `graduated`, with a rate for each tier. 1 % up to 1,000, then 2 %: 1,500 costs 20. */
export type GraduatedPercentagePriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "graduated_percentage";
  /** In rising order of `up_to`, the last one without an end. */
  tiers: PercentageTierInput[];
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

export type PercentageTierInput = {
  /** Units up to here, inclusive, fall into the tier, from the end of the one before it; null in the last one, which has no end. */
  up_to: string | number | null;
  /** In percent of the quantity, which is an amount of money: `2.9` is 2.9 %. */
  rate_percent: string | number;
  /**
   * Owed once per period, as soon as anything falls into the tier.
   * @default "0"
   */
  flat_amount?: string | number;
};

/** A unit price for each combination of property values. large in the EU at 3: 5 such units cost 15. */
export type MatrixPriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "matrix";
  /** Properties whose values decide on the unit price, at most 5. */
  dimensions: string[];
  /** What a unit costs for each combination of values that has a price of its own. */
  rows: MatrixRowInput[];
  /** What a unit of any other combination costs; null does not price it. */
  default_unit_amount?: string | number | null;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

export type MatrixRowInput = {
  /** One value for each of `dimensions`, in their order. */
  values: (string | number | boolean | null)[];
  /** What one unit costs, in the price's denomination. */
  unit_amount: string | number;
};

/** The event itself says what it costs, in a property. */
export type DynamicPriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "dynamic";
  /** Property that holds what the event costs, in the price's denomination: a number or a numeric string. */
  amount_property: string;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

/** Every event costs the same, whatever its quantity. */
export type FlatPerEventPriceInput = {
  /** Unique in the document. What has been used in a period is counted by it, so keep it from version to version. The default is the meter's code, with a number behind it where that is taken. */
  code?: string | null;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "flat_per_event";
  /** What one event costs, in the price's denomination. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own.
   * @default []
   */
  group_by?: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding?: UnitRoundingInput | null;
  /**
   * Units of a period that cost nothing; in each group where usage is counted apart.
   * @default "0"
   */
  included_units?: string | number;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount?: string | number | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount?: string | number | null;
  /**
   * What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`.
   * @default "current_period"
   */
  late_usage?: "current_period" | "reject";
};

export type FeeOverrideInput = {
  /** Code of the plan's fee. */
  code: string;
  /** What it costs instead, in the fee's denomination. */
  amount: string | number;
};

export type UpdateSubscriptionRequest = {
  /** `active` starts a pending subscription, and ends a trial; `canceled` ends it now, gives back the rest of what was paid and sets `canceled_at`. */
  status?: "pending" | "trialing" | "active" | "past_due" | "canceled";
  /** From the end of the current period on: the day of the month on which periods begin. */
  billing_anchor_day?: number;
  /** Ends the current period on this day instead, and begins new ones there; what was asked for the period stays as it is. */
  next_renewal_date?: string;
  /** How many seats from now on; the rest of the period is charged or given back on the next invoice. */
  quantity?: string | number;
  /** `null` takes back a cancellation or plan change that has not taken effect. */
  cancel_at?: null;
  /** Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500. */
  metadata?: { [key: string]: string };
  /**
   * Answers what it would come to, computed as it would be, and changes nothing.
   * @default false
   */
  dry_run?: boolean;
};

export type CreateHoldRequest = {
  /** How much to reserve. Give this with a denomination, or `event`. */
  amount?: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /** Instead of an amount: what such an event would cost now. */
  event?: HoldEvent;
  /** When it ends by itself, at most 31 days ahead; the default is in an hour. */
  expires_at?: string | null;
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

export type HoldEvent = {
  /** What is going to happen. */
  event_name: string;
  /**
   * As the event will have them.
   * @default {}
   */
  properties?: { [key: string]: unknown };
};

export type CaptureHoldRequest = {
  /** What has happened, of the hold's customer; recorded all together or not at all. */
  events: CapturedEvent[];
  /**
   * Whether what is left stays reserved for more.
   * @default false
   */
  keep_rest?: boolean;
};

export type CapturedEvent = {
  /** What happened; meters choose events by it. */
  event_name: string;
  /** Yours, once per event: sending it again charges nothing. */
  idempotency_key: string;
  /** When it happened, in UTC; at most 1 hour ahead. */
  timestamp: string;
  /** What happened, for the meters to read. Numbers may be JSON numbers or numeric strings; both are read exactly from their text. */
  properties?: { [key: string]: unknown };
};

export type CancelSubscriptionRequest = {
  /** `now` ends it at once; `end_of_period` when the current period ends. */
  cancel_mode: "now" | "end_of_period";
  /** Only with `now`: whether fees paid for longer are given back for the time that is cut off; the default is `prorated_refund`. */
  cancel_now_prepaid_refund_policy?: "prorated_refund" | "no_refund";
  /**
   * Answers what it would come to, computed as it would be, and changes nothing.
   * @default false
   */
  dry_run?: boolean;
};

export type ChangePlanRequest = {
  /** The plan to move to; its latest version is taken when the change takes effect. */
  target_plan_code: string;
  /** `now` at once; `end_of_period` when the current period ends. */
  change_mode: "now" | "end_of_period";
  /** Only with `now`: whether fees paid for longer are given back for the time that is cut off; the default is `prorated_refund`. */
  cancel_now_prepaid_refund_policy?: "prorated_refund" | "no_refund";
  /**
   * Answers what it would come to, computed as it would be, and changes nothing.
   * @default false
   */
  dry_run?: boolean;
};

export type PauseSubscriptionRequest = {
  /**
   * Answers what it would come to, computed as it would be, and changes nothing.
   * @default false
   */
  dry_run?: boolean;
};

export type CreateCouponRequest = {
  /** What it is redeemed by. Never changes. */
  code: string;
  /** As invoices show it. */
  name: string;
  /** How much of an invoice it takes off, in percent: more than 0 and at most 100, with up to 4 decimal places. */
  percent_off?: string | number | null;
  /** Instead of `percent_off`: what it takes off each invoice in `currency_code`, in minor units of that. */
  amount_off_cents?: number | null;
  /** Currency of `amount_off_cents`. */
  currency_code?: string | null;
  /** `once` is good for one invoice, `repeating` for all that are made within `duration_in_months` of redeeming it, `forever` for all. */
  duration: "once" | "repeating" | "forever";
  /** How many months it is good for, 1 to 120; with `repeating` only. */
  duration_in_months?: number | null;
  /** How often it can be redeemed by all customers together; null is without limit. */
  max_redemptions?: number | null;
  /** From when on it can be redeemed no more; null is never. What has been redeemed stays. */
  redeem_by?: string | null;
};

export type CreateDiscountRequest = {
  /** The coupon to redeem. */
  coupon_code: string;
  /** The one subscription whose invoices it is for; null is all of the customer's invoices. */
  subscription_id?: string | null;
};

export type CreateTaxRateRequest = {
  /** What it is named by. Never changes. */
  code: string;
  /** As invoices show it, for example VAT. */
  name: string;
  /** How much it is, in percent: 0 to 100, with up to 4 decimal places. */
  percent: string | number;
  /**
   * Whether prices contain it; else it comes on top.
   * @default false
   */
  is_inclusive?: boolean;
  /** The country of customers whom it is for, ISO 3166-1 alpha-2; null is for customers of all countries that no rate is for. */
  country?: string | null;
  /** The state of their billing address, as addresses write it; null is the whole country. */
  state?: string | null;
  /**
   * Whether customers with a tax id of the country account for it themselves (reverse charge).
   * @default false
   */
  is_reversed_by_tax_id?: boolean;
};

export type CreateInvoiceRequest = {
  /** Whom it is for. */
  customer_id: string;
  /**
   * `send_invoice` asks the customer to pay; `charge_automatically` charges their payment method as it is finalized.
   * @default "send_invoice"
   */
  collection_method?: "send_invoice" | "charge_automatically";
  /** Days from finalizing to the due date, 0 to 365; only with `send_invoice`, where it is 30 if not given. */
  days_until_due?: number | null;
  /** Its currency; if not given the customer's, else the company's. */
  currency_code?: string | null;
  /** A text for the customer, shown on the invoice. */
  memo?: string | null;
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
  /** Its lines, in the order in which they are shown; more can be added while it is a draft. */
  line_items?: CreateInvoiceLineItemRequest[];
};

export type CreateInvoiceLineItemRequest = {
  /** What it is for, as the customer reads it. */
  description: string;
  /**
   * How many; a JSON number or a decimal string, not below 0.
   * @default "1"
   */
  quantity?: string | number;
  /** What one costs, in whole minor units of the currency: 5000 is 50 dollars, and 5000 yen. Below 0 it is a credit. */
  unit_amount_cents?: number;
  /** Instead of `unit_amount_cents`, the exact price of one in the currency, for prices below one cent: `0.0005` dollars. */
  unit_amount_decimal?: string | number;
};

export type UpdateInvoiceRequest = {
  /** `send_invoice` asks the customer to pay; `charge_automatically` charges their payment method as it is finalized. */
  collection_method?: "send_invoice" | "charge_automatically";
  /** Days from finalizing to the due date, 0 to 365; only with `send_invoice`, where it is 30 if not given. */
  days_until_due?: number | null;
  /** A text for the customer, shown on the invoice. */
  memo?: string | null;
  /** Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500. */
  metadata?: { [key: string]: string };
};

export type UpdateInvoiceLineItemRequest = {
  /** What it is for, as the customer reads it. */
  description?: string;
  /** How many; a JSON number or a decimal string, not below 0. */
  quantity?: string | number;
  /** What one costs, in whole minor units of the currency: 5000 is 50 dollars, and 5000 yen. Below 0 it is a credit. */
  unit_amount_cents?: number;
  /** Instead of `unit_amount_cents`, the exact price of one in the currency, for prices below one cent: `0.0005` dollars. */
  unit_amount_decimal?: string | number;
};

export type CreateCreditNoteRequest = {
  /** The finalized invoice of which something is given back. */
  invoice_id: string;
  /** How much, in minor units. Without it and `lines`, all that is left of the invoice. */
  amount_cents?: number;
  /** Instead of an amount: which lines. */
  lines?: {
    /** A line of the invoice. */
    line_item_id: string;
    /** How much of it; all of it if not given. */
    amount_cents?: number;
  }[];
  /**
   * Why, as the customer reads it.
   * @default "Credit"
   */
  reason?: string;
  /**
   * What was paid already goes back to where it was paid from, as far as it can; else, and without it, into the customer's wallet.
   * @default false
   */
  refund?: boolean;
};

export type PayInvoiceRequest = {
  /** What to charge; the customer's default if not given. */
  payment_method_id?: string;
};

export type RecordPaymentRequest = {
  /** How much has come, in minor units. What is more than is due goes into the customer's wallet. */
  amount_cents: number;
  /** What the bank statement says. */
  reference?: string | null;
};

export type CreateRefundRequest = {
  /** How much, in minor units; all that is left if not given. */
  amount_cents?: number;
  /**
   * Why, as the customer reads it on the credit note.
   * @default "Refund"
   */
  reason?: string;
};

export type CreatePaymentMethodRequest = {
  card: {
    /** One of the sandbox's card numbers. It is not stored. */
    number: string;
    /** 1 to 12. */
    expires_month: number;
    /** Four digits. */
    expires_year: number;
  };
  /**
   * Whether it is charged automatically from now on; the first one always is.
   * @default true
   */
  is_default?: boolean;
};

export type SetUpPaymentMethodRequest = {
  /** Where the customer goes once the card is saved; this server's own address if not given. */
  success_url?: string;
  /** Where the customer goes without having saved one; `success_url` if not given. */
  cancel_url?: string;
};

export type UpdatePaymentSettingsRequest = {
  /** How customers pay by bank transfer, shown on the payment page; null takes none. */
  bank_details?: string | null;
  /** On which days after the first try an invoice is charged again, or its customer reminded; at most 10, each later than the one before. */
  retry_days?: number[];
  /** What becomes of an invoice that is still not paid after that. */
  after_retries?: "leave_open" | "mark_uncollectible" | "cancel_subscription";
  /** The sites to which hosted pages may send customers back. */
  redirect_origins?: string[];
  /** The sites that may show hosted pages in a frame of theirs. */
  frame_origins?: string[];
  /** The plans to which customers may move by themselves, on the portal; none by default. */
  portal_plan_codes?: string[];
  /** Your own account at Stripe. Keys are encrypted at rest; a new one replaces the old. */
  stripe?: {
    /** A secret or restricted key of your Stripe account, of the mode of your key here. It is never shown again. */
    secret_key?: string;
    /** The signing secret of the endpoint that you have made for `webhook_url`. It is never shown again. */
    webhook_secret?: string;
  };
};

export type CreateSignupLinkRequest = {
  /** Who subscribes. */
  customer_id: string;
  /** The plan; its latest version is taken as the customer subscribes. */
  plan_code: string;
  /** Where the customer goes when it is done; on a site that the payment settings name. */
  success_url?: string | null;
  /** Where the customer goes who turns back; on a site that the payment settings name. */
  back_url?: string | null;
  /** The subscription that the customer moves from; without it a new one begins. */
  previous_subscription_id?: string | null;
  /** When a plan change takes effect; required with `previous_subscription_id`. */
  change_timing_mode?: "now" | "end_of_period" | null;
  /** Only with `now`: whether fees paid for longer are given back; the default is `prorated_refund`. */
  cancel_now_prepaid_refund_policy?: "prorated_refund" | "no_refund" | null;
};

export type CreateTestClockRequest = {
  /**
   * What it is for.
   * @default "Test clock"
   */
  name?: string;
  /** What time it is at first. */
  frozen_time: string;
};

export type AdvanceTestClockRequest = {
  /** The time to advance to: later than it is, and at most two years ahead. */
  frozen_time: string;
};

export type CreatePricingUnitRequest = {
  /** What prices, grants and wallets name it by. Never changes. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** For people; Afternoon does not read it. */
  description?: string | null;
};

export type CreatePricingUnitConversionRequest = {
  /** Currency, ISO 4217. */
  currency_code: string;
  /** What one unit is worth, exact, in the currency. */
  amount_per_unit: string | number;
  /** From when on, until a later conversion to the same currency takes over. */
  effective_from: string;
};

export type CreateMeterRequest = {
  /** What prices name it by. Never changes. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** Only events of this name are measured. */
  event_name: string;
  aggregation: MeterAggregationInput;
  /** Reads the meter over each hour or day of the customer's time zone on its own, and adds the readings up: the greatest of each hour, summed over a period. null reads the period as a whole. */
  window?: "hour" | "day" | null;
  /** An event is measured only if all of them hold. */
  filters?: MeterFilterInput[];
};

/** How a period's events become one quantity. */
export type MeterAggregationInput = CountAggregationInput | MeasureAggregationInput | UniqueCountAggregationInput | WeightedSumAggregationInput;

/** How many events there were. */
export type CountAggregationInput = {
  type: "count";
};

/** `sum`: the quantities added up; they may be negative. `max`, `min`: the greatest, the least. `latest`: that of the last timestamp, of two at once the greater. */
export type MeasureAggregationInput = {
  type: "sum" | "max" | "min" | "latest";
  /** Name of a property at the top level of the event's `properties`, a number or a numeric string; give this or `expression`. */
  property: string;
  expression?: null;
} | {
  type: "sum" | "max" | "min" | "latest";
  property?: null;
  /** What to compute of several properties, like `tokens_in * 3 + tokens_out`; give this or `property`. */
  expression: string;
};

/** How many different values a property had, exactly. A number and the string that writes it are one. */
export type UniqueCountAggregationInput = {
  type: "unique_count";
  /** The property whose different values are counted: a string, a number, true or false. */
  property: string;
};

/** A level over time, as GB-hours of storage. An event's quantity is the change of the level from its timestamp on; the reading is the level times the time it lasted. */
export type WeightedSumAggregationInput = {
  type: "weighted_sum";
  /** Name of a property at the top level of the event's `properties`, a number or a numeric string; give this or `expression`. */
  property: string;
  expression?: null;
  /** What the level is multiplied by: time in this unit; `period` gives its average over the period. */
  per: "second" | "minute" | "hour" | "day" | "period";
} | {
  type: "weighted_sum";
  property?: null;
  /** What to compute of several properties, like `tokens_in * 3 + tokens_out`; give this or `property`. */
  expression: string;
  /** What the level is multiplied by: time in this unit; `period` gives its average over the period. */
  per: "second" | "minute" | "hour" | "day" | "period";
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
  /** How often usage is counted from nothing and billed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period. */
  usage_every?: RecurrenceInput | null;
  /**
   * Days from the start of a subscription in which no fixed fee is owed; 0 is no trial. Usage costs what it costs.
   * @default 0
   */
  trial_days?: number;
  /** What the usage that meters measure costs. A meter may have several prices, in different denominations. */
  usage_prices?: UsagePriceInput[];
  /** What the plan costs whether or not it is used. */
  fixed_fees?: FixedFeeInput[];
  /** The least that a billing period comes to, over all prices in a denomination. */
  minimum_commitments?: MinimumCommitmentInput[];
  /** Credits that every billing period begins with. */
  recurring_grants?: RecurringGrantInput[];
  /** Whether usage may take a wallet below zero. A denomination that is not listed is allowed. */
  overdraft?: OverdraftRuleInput[];
  /** Hours after a period's end in which late usage still lands on its draft invoice; null is the company's default. */
  invoice_grace_hours?: number | null;
  /** `automatic`: drafts are finalized as that time ends. `manual`: they wait for you. Null is the company's default. */
  invoice_finalization?: "automatic" | "manual" | null;
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
};

export type RecurrenceInput = {
  interval: "week" | "month" | "quarter" | "year";
  /**
   * How many intervals lie between one time and the next.
   * @default 1
   */
  interval_count?: number;
};

export type FixedFeeInput = {
  /** Unique among the fees of the document. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** What one billing period costs, or one of what `every` says, exact; for each seat where `per` says so. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Owed once for the subscription, or for each of its seats.
   * @default "subscription"
   */
  per?: "subscription" | "seat";
  /**
   * Billed as a period begins, or as it ends.
   * @default "in_advance"
   */
  billing?: "in_advance" | "in_arrears";
  /**
   * `once` is a setup fee: it belongs to the first period alone.
   * @default "every_period"
   */
  recurrence?: "every_period" | "once";
  /** How often the fee is owed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period. */
  every?: RecurrenceInput | null;
};

export type MinimumCommitmentInput = {
  /** Unique among the minimum commitments of the document. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** The least that one billing period comes to, exact. What is missing is a line of the invoice. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * What counts towards it: usage in its denomination alone, or fixed fees in it too.
   * @default "usage"
   */
  counts?: "usage" | "usage_and_fees";
};

export type RecurringGrantInput = {
  /** Unique among the recurring grants of the document. */
  code: string;
  /** What people read; the default is the code. */
  name?: string | null;
  /** What every billing period gives: above 0, exact; for each seat where `per` says so. */
  amount: string | number;
  /** Currency, ISO 4217; give this or `pricing_unit_code`. */
  currency_code?: string | null;
  /** Pricing unit; give this or `currency_code`. */
  pricing_unit_code?: string | null;
  /**
   * Given once for the subscription, or for each of its seats.
   * @default "subscription"
   */
  per?: "subscription" | "seat";
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
  rollover?: RolloverInput;
};

/** What becomes of the credits that are left as a billing period ends; left out, they expire. */
export type RolloverInput = NoRolloverInput | FullRolloverInput | CappedRolloverInput;

/** They expire. */
export type NoRolloverInput = {
  type: "none";
};

/** All of them stay. */
export type FullRolloverInput = {
  type: "all";
};

/** At most `cap` of them go on into the next period; the rest expires. */
export type CappedRolloverInput = {
  type: "capped";
  /** The most that goes on, in the grant's denomination. */
  cap: string | number;
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
  /** How often usage is counted from nothing and billed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period. */
  usage_every?: RecurrenceInput | null;
  /**
   * Days from the start of a subscription in which no fixed fee is owed; 0 is no trial. Usage costs what it costs.
   * @default 0
   */
  trial_days?: number;
  /** What the usage that meters measure costs. A meter may have several prices, in different denominations. */
  usage_prices?: UsagePriceInput[];
  /** What the plan costs whether or not it is used. */
  fixed_fees?: FixedFeeInput[];
  /** The least that a billing period comes to, over all prices in a denomination. */
  minimum_commitments?: MinimumCommitmentInput[];
  /** Credits that every billing period begins with. */
  recurring_grants?: RecurringGrantInput[];
  /** Whether usage may take a wallet below zero. A denomination that is not listed is allowed. */
  overdraft?: OverdraftRuleInput[];
  /** Hours after a period's end in which late usage still lands on its draft invoice; null is the company's default. */
  invoice_grace_hours?: number | null;
  /** `automatic`: drafts are finalized as that time ends. `manual`: they wait for you. Null is the company's default. */
  invoice_finalization?: "automatic" | "manual" | null;
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
  /**
   * Answers what the version would change for live subscriptions, and creates nothing.
   * @default false
   */
  dry_run?: boolean;
};

export type SimulatePlanRequest = {
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
  /** How often usage is counted from nothing and billed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period. */
  usage_every?: RecurrenceInput | null;
  /**
   * Days from the start of a subscription in which no fixed fee is owed; 0 is no trial. Usage costs what it costs.
   * @default 0
   */
  trial_days?: number;
  /** What the usage that meters measure costs. A meter may have several prices, in different denominations. */
  usage_prices?: UsagePriceInput[];
  /** What the plan costs whether or not it is used. */
  fixed_fees?: FixedFeeInput[];
  /** The least that a billing period comes to, over all prices in a denomination. */
  minimum_commitments?: MinimumCommitmentInput[];
  /** Credits that every billing period begins with. */
  recurring_grants?: RecurringGrantInput[];
  /** Whether usage may take a wallet below zero. A denomination that is not listed is allowed. */
  overdraft?: OverdraftRuleInput[];
  /** Hours after a period's end in which late usage still lands on its draft invoice; null is the company's default. */
  invoice_grace_hours?: number | null;
  /** `automatic`: drafts are finalized as that time ends. `manual`: they wait for you. Null is the company's default. */
  invoice_finalization?: "automatic" | "manual" | null;
  /**
   * Your own data: up to 50 pairs of strings, keys up to 40 characters, values up to 500.
   * @default {}
   */
  metadata?: { [key: string]: string };
  /** Only this customer's usage; left out, that of all customers of the plan. */
  customer_id?: string;
  /** The first instant of the usage to rate. */
  from: string;
  /** The instant at which the usage ends, which is not part of it; at most 400 days after `from`. */
  to: string;
};

export type CreateWebhookEndpointRequest = {
  /** Where events are sent, by POST. In live mode it must be https; addresses of private networks are refused. */
  url: string;
  /**
   * Which events it gets; an empty list is all of them.
   * @default []
   */
  event_types?: ("customer.erased" | "balance.low" | "balance.recovered" | "top_up.created" | "top_up.paid" | "top_up.failed" | "top_up_rule.off" | "invoice.overdue" | "invoice.paid" | "invoice.uncollectible" | "invoice.voided" | "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed" | "refund.succeeded" | "refund.failed")[];
  /** What it is for. */
  description?: string | null;
};

export type UpdateWebhookEndpointRequest = {
  /** Where events are sent, by POST. In live mode it must be https; addresses of private networks are refused. */
  url?: string;
  /** Which events it gets; an empty list is all of them. */
  event_types?: ("customer.erased" | "balance.low" | "balance.recovered" | "top_up.created" | "top_up.paid" | "top_up.failed" | "top_up_rule.off" | "invoice.overdue" | "invoice.paid" | "invoice.uncollectible" | "invoice.voided" | "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed" | "refund.succeeded" | "refund.failed")[];
  /** What it is for. */
  description?: string | null;
  /** Whether events are sent to it. What happens while it is off is not sent later. */
  is_on?: boolean;
};

export type UpdateCompanyRequest = {
  /** Your address as invoices show it, several lines. */
  address?: string | null;
  /** Your tax id as invoices show it. */
  tax_id?: string | null;
  /** Where customers ask about invoices. */
  email?: string | null;
  /** A text below every invoice, for instance how to transfer money to you. */
  invoice_footer?: string | null;
  /** A PNG or JPEG of at most 100 kB, as base64; null takes it away. Invoices that are final keep the one they had. */
  logo?: string | null;
  /** What the numbers of invoices begin with, each mode's its own. They go on counting without a gap; those given already stay as they are. */
  invoice_prefix?: string;
  /** What the numbers of credit notes begin with, each mode's its own. They go on counting without a gap; those given already stay as they are. */
  credit_note_prefix?: string;
  /** Hours after a period's end in which late usage still lands on its draft invoice, for plans that say nothing else. */
  invoice_grace_hours?: number;
  /** For plans that say nothing else. `automatic`: drafts are finalized as that time ends. `manual`: they wait for you. */
  invoice_finalization?: "automatic" | "manual";
  /** How many days before an invoice is due its customer is reminded by mail; 0 is never. */
  invoice_reminder_days?: number;
  /** Whether mails to your customers are sent in this mode. `off` keeps them to be looked at; test mode starts so. */
  mails?: "on" | "off";
  /** IANA timezone in which the dashboard shows instants and reads the dates that people type. Nothing is billed by it: billing periods and what customers see follow the customer's own. */
  timezone?: string;
};

export type CreateApiKeyRequest = {
  /** What the key is for. */
  name?: string | null;
};

export type SetUpRequest = {
  /** What stands in the link behind `#token=`. */
  token: string;
  /** The member's email, by which they sign in. */
  email: string;
  /** The password to sign in with: at least 10 characters. */
  password: string;
  /** The member's name. */
  name: string;
};

export type SignInRequest = {
  /** The member's email, by which they sign in. */
  email: string;
  /** The member's password. */
  password: string;
  /** Of a member with a second factor: six digits that their app shows now, or one of their recovery codes. Without it the answer is SECOND_FACTOR_REQUIRED. */
  code?: string;
};

export type RequestPasswordResetRequest = {
  /** The member's email, by which they sign in. */
  email: string;
};

export type ResetPasswordRequest = {
  /** What stands in the link behind `#token=`. */
  token: string;
  /** The password to sign in with: at least 10 characters. */
  new_password: string;
};

export type AcceptInvitationRequest = {
  /** What stands in the link behind `#token=`. */
  token: string;
  /** Of a member with a second factor: six digits that their app shows now, or one of their recovery codes. Without it the answer is SECOND_FACTOR_REQUIRED. */
  code?: string;
  /** The member's name. */
  name: string;
  /** The password to sign in with, at least 10 characters; whoever is a member of another company already gives the one they have. */
  password: string;
};

export type ChangePasswordRequest = {
  /** The member's password. */
  current_password: string;
  /** The password to sign in with: at least 10 characters. */
  new_password: string;
};

export type OwnPasswordRequest = {
  /** The member's password. */
  password: string;
};

export type ConfirmSecondFactorRequest = {
  /** Six digits that your app shows now. */
  code: string;
};

export type InviteMemberRequest = {
  /** The member's email, by which they sign in. */
  email: string;
  /** What the member may do in the company. */
  role: "owner" | "admin" | "finance" | "developer" | "viewer";
};

export type UpdateMemberRequest = {
  /** What the member may do in the company. */
  role: "owner" | "admin" | "finance" | "developer" | "viewer";
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

export type EventListResponse = {
  success: boolean;
  events: Event[];
  pagination: Pagination;
  /** What was recorded before this instant may have been archived by the operator, and is not in this answer then; null where nothing is archived. */
  archived_before: string | null;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Event = {
  /** Id of the usage, as ingest answered it. */
  id: string;
  /** The customer who used it. */
  customer_id: string;
  /** As it was sent. */
  event_name: string;
  /** As it was sent. */
  idempotency_key: string;
  /** When it happened, to the millisecond. */
  timestamp: string;
  /** As they were sent; every number has the value that was sent, to the last digit. */
  properties: { [key: string]: unknown };
  /** What it cost when it was recorded, for each denomination; empty when no price matched. */
  cost: Cost[];
  /** When it was recorded. */
  recorded_at: string;
  /** When it was taken out again; null if it was not. */
  voided_at: string | null;
};

export type Pagination = {
  /** Whether there are more after this page. */
  has_more: boolean;
  /** Pass it as `cursor` for the next page; null on the last. */
  next_cursor: string | null;
};

/** The event */
export type EventResponse = {
  success: boolean;
  event: ExplainedEvent;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type ExplainedEvent = {
  /** Id of the usage, as ingest answered it. */
  id: string;
  /** The customer who used it. */
  customer_id: string;
  /** As it was sent. */
  event_name: string;
  /** As it was sent. */
  idempotency_key: string;
  /** When it happened, to the millisecond. */
  timestamp: string;
  /** As they were sent; every number has the value that was sent, to the last digit. */
  properties: { [key: string]: unknown };
  /** What it cost when it was recorded, for each denomination; empty when no price matched. */
  cost: Cost[];
  /** When it was recorded. */
  recorded_at: string;
  /** When it was taken out again; null if it was not. */
  voided_at: string | null;
  /** Why it cost what it did, and who paid. */
  explanation: {
    /** One for each price that it touched. They add up to `cost`. */
    charges: EventCharge[];
    /** How it was paid: for each denomination the entry of the usage with what each grant gave, and of a voided event the entry that gave it back. */
    ledger_entries: LedgerEntry[];
  };
};

export type EventCharge = {
  /** Code of the price in the plan. */
  price_code: string;
  /** The meter that measured the event. */
  meter_code: string;
  /** The price's pricing model. */
  model: string;
  /** The plan whose price it is. */
  plan_code: string;
  /** The version of the plan that priced it. */
  plan_version: number;
  /** The subscription that it was charged to. */
  subscription_id: string;
  /** The billing period that it counted in. */
  period_start: string;
  /** The end of that period, exclusive. */
  period_end: string;
  /** Its own period was closed or before the subscription, so it counted in a later one. */
  is_late: boolean;
  /** The values by which the price tells usage apart, by property; empty if it tells none apart. */
  dimension: { [key: string]: string | boolean | null };
  /** What the event brought to the meter, in the price's whole steps. */
  quantity: string;
  counter_before: EventCounter;
  counter_after: EventCounter;
  /** How the price rounds quantities; null if it does not. */
  rounding: {
    mode: "ceil" | "floor" | "round";
    /** Quantities are brought to whole steps of this. */
    step: string;
    /** Every event's quantity is rounded, or the period's reading. */
    per: "event" | "period";
    /** The reading before, in whole steps; null where every event is rounded. */
    quantity_before: string | null;
    /** The reading after, in whole steps; null where every event is rounded. */
    quantity_after: string | null;
  } | null;
  /** What the event touched, tier by tier. They add up to `amount`. */
  lines: ChargeLine[];
  /** What the event cost by this price: the period's charge after it less the charge before it. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
};

/** The counter of a price over the period, before the event or after it. */
export type EventCounter = {
  /** The meter's reading over the period so far. */
  quantity: string;
  /** How many events it is the reading of. */
  event_count: number;
  /** What these events cost each on its own; 0 unless the model charges event by event. */
  accrued: string;
};

export type ChargeLine = {
  /** `included`: units that cost nothing. `units`, `packages`: what they cost. `rate`: a part of an amount, which is the quantity. `flat_fee`: once for a tier. `event_fee`: the same for every event. `event_amounts`: what events cost each on its own. `maximum`: what the price's maximum takes off. */
  kind: "included" | "units" | "packages" | "rate" | "flat_fee" | "event_fee" | "event_amounts" | "maximum";
  /** The tier's number, from 1; null where the model has none. */
  tier: number | null;
  /** The tier begins above this; null where the model has no tiers. */
  from: string | null;
  /** The last quantity of the tier; null where it is open. */
  up_to: string | null;
  /** How much of the usage fell on this line. */
  quantity: string;
  /** What one costs; null where the amount is no product. */
  unit_amount: string | null;
  /** What the line adds to the charge. */
  amount: string;
};

export type LedgerEntry = {
  /** Number of the entry in its wallet's chain, from 1 and without gaps. */
  seq: number;
  /** What moved the balance. An invoice settles the debt of its usage, has balance applied as it is finalized, and returns it. */
  kind: "grant" | "usage" | "usage_reversal" | "expiry" | "void" | "invoice_settlement" | "balance_applied" | "balance_returned" | "adjustment";
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
  /** What brought it about: the id of the usage, the grant, the invoice, … */
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

/** The event is voided */
export type VoidEventResponse = {
  success: boolean;
  event: Event;
  /** What the voiding changed; below zero is what was given back. */
  cost: Cost[];
  /** What the customer's wallets hold now. */
  customer_balances: WalletBalance[];
  /** Id of this request, for tracing. */
  request_id: string;
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
  /** What was recorded before this instant may have been archived by the operator, and is not in this answer then; null where nothing is archived. */
  archived_before: string | null;
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
  /** `taxable` has the taxes of their country, `exempt` has none, `reverse_charge` accounts for them themselves. A tax rate can be reversed by a tax id without it. */
  tax_status: "taxable" | "exempt" | "reverse_charge";
  /** IANA timezone: billing periods start at its midnight. */
  timezone: string;
  /** What is charged when an invoice is collected automatically; null while nothing is saved. */
  default_payment_method_id: string | null;
  /** The test clock by whose time the customer lives; test mode only, and for ever. */
  test_clock_id: string | null;
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When their personal fields were erased; null if they were not. */
  erased_at: string | null;
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

/** The customer's wallets */
export type WalletListResponse = {
  success: boolean;
  wallets: Wallet[];
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Wallet = {
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** What it holds; below zero it is owed. */
  balance: string;
  /** What open holds reserve of it. */
  held: string;
  /** What can be spent or held: the balance without what is held. */
  available: string;
};

export type LedgerResponse = {
  success: boolean;
  entries: LedgerEntry[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
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
  /** What it pays: `usage` as it comes, or `everything`: invoices too, with what is left of it as they are finalized. */
  applies_to: "usage" | "everything";
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

/** The alert */
export type BalanceAlertResponse = {
  success: boolean;
  balance_alert: BalanceAlert;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type BalanceAlert = {
  /** Id of the alert. */
  id: string;
  /** The customer whose wallet it watches. */
  customer_id: string;
  /** Below this the balance is low. */
  threshold: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** What was told last: that the balance is low, or that it is not. */
  is_low: boolean;
  /** When it was created. */
  created_at: string;
};

export type BalanceAlertListResponse = {
  success: boolean;
  balance_alerts: BalanceAlert[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The alert is deleted */
export type BalanceAlertDeletedResponse = {
  success: boolean;
  /** Id of the alert. */
  id: string;
  deleted: true;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The rule */
export type TopUpRuleResponse = {
  success: boolean;
  top_up_rule: TopUpRule;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type TopUpRule = {
  /** Id of the rule. */
  id: string;
  /** The customer whose wallet it fills up. */
  customer_id: string;
  /** `in_progress` while a top-up of it waits for its payment; `off` until it is turned on again. */
  status: "ready" | "in_progress" | "off";
  /** Why it turned itself off: its invoice was not paid, or none could be made, for want of a conversion or for its size. Null if somebody turned it off, or it is on. */
  off_reason: "payment_failed" | "not_invoiceable" | null;
  /** Below this a top-up is due; it may be below 0. */
  threshold: string;
  /** What one top-up is a whole number of: as many as close the whole shortfall to the threshold. A currency's amount is whole minor units. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** The most that the rule buys in a calendar day of the customer's timezone; null is no limit. */
  daily_limit: string | null;
  /** The most that the rule buys in a calendar month of the customer's timezone; null is no limit. */
  monthly_limit: string | null;
  /** After how many days of 24 hours what is left of the credits expires; null is never. */
  credits_expire_after_days: number | null;
  /** When it was created. */
  created_at: string;
  /** When it last changed. */
  updated_at: string;
};

export type TopUpRuleListResponse = {
  success: boolean;
  top_up_rules: TopUpRule[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The rule is deleted */
export type TopUpRuleDeletedResponse = {
  success: boolean;
  /** Id of the rule. */
  id: string;
  deleted: true;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The top-up */
export type TopUpResponse = {
  success: boolean;
  top_up: TopUp;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type TopUp = {
  /** Id of the top-up. */
  id: string;
  /** The customer whose wallet it fills up. */
  customer_id: string;
  /** The rule that asked for it; null if somebody did. */
  top_up_rule_id: string | null;
  /** `in_progress` until its invoice is paid, `failed` once that is void or uncollectible. If an uncollectible one is paid after all, it is `paid`. */
  status: "in_progress" | "paid" | "failed";
  /** How much it buys. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** After how many days of 24 hours what is left of the credits expires; null is never. */
  credits_expire_after_days: number | null;
  /** The invoice by which it is paid. */
  invoice_id: string;
  /** The credits that it gave; null until it is paid. */
  credit_grant_id: string | null;
  /** When it was asked for. */
  created_at: string;
  /** When it was paid or failed; null while it is in progress. */
  ended_at: string | null;
};

export type TopUpListResponse = {
  success: boolean;
  top_ups: TopUp[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type SubscriptionListResponse = {
  success: boolean;
  subscriptions: Subscription[];
  pagination: Pagination;
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
  /** How many seats. */
  quantity: string;
  /** Start of the current billing period. */
  current_period_start: string;
  /** End of the current billing period, which is not part of it. */
  current_period_end: string;
  /** When the next period begins; null once it has ended. */
  next_renewal_date: string | null;
  /** When the trial ends or ended; null without one. */
  trial_end: string | null;
  /** Since when no fee is owed; null if it is not paused. */
  paused_at: string | null;
  /** When it ends or hands over to the scheduled plan; null while nothing is decided. */
  cancel_at: string | null;
  /** When it was decided that it ends. */
  canceled_at: string | null;
  /** When it ended; null of one that never began. */
  ended_at: string | null;
  /** The plan that takes over at `cancel_at`, or took over. */
  scheduled_plan_code: string | null;
  /** The subscription that it took over from. */
  previous_subscription_id: string | null;
  /** Usage prices that stand in place of the plan's prices of the same `code`, for this subscription alone and for as long as it lasts; each names the plan's meter and denomination. */
  price_overrides: UsagePrice[];
  /** Amounts that stand in place of those of the plan's fixed fees of the same `code`. */
  fee_overrides: FeeOverride[];
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When it was created. */
  created_at: string;
  /** When it last changed. */
  updated_at: string;
};

/** What a meter's usage costs, by one of nine models. */
export type UsagePrice = PerUnitPrice | GraduatedPrice | VolumePrice | PackagePrice | PercentagePrice | GraduatedPercentagePrice | MatrixPrice | DynamicPrice | FlatPerEventPrice;

/** Every unit costs the same. 0.002 per unit: 1,500 units cost 3. */
export type PerUnitPrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "per_unit";
  /** What one unit costs, exact, in the price's denomination. */
  unit_amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

export type UnitRounding = {
  /** `round` sends half a step away from zero. */
  mode: "ceil" | "floor" | "round";
  /** The size of a step, in units of the meter: `60` of a meter of seconds is a minute. */
  step: string;
  /** Whether every event's quantity is rounded before it is added, or the period's reading before it is priced. */
  per: "event" | "period";
};

/** Every unit costs what its own tier says. 10 units at 2, more at 1: 12 units cost 22. */
export type GraduatedPrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "graduated";
  /** In rising order of `up_to`, the last one without an end. */
  tiers: Tier[];
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

export type Tier = {
  /** Units up to here, inclusive, fall into the tier, from the end of the one before it; null in the last one, which has no end. */
  up_to: string | null;
  /** What one unit costs, in the price's denomination. */
  unit_amount: string;
  /** Owed once per period, as soon as anything falls into the tier. */
  flat_amount: string;
};

/** All units cost what the tier of the last one says. Up to 10 at 2, more at 1: 12 units cost 12. */
export type VolumePrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "volume";
  /** In rising order of `up_to`, the last one without an end. */
  tiers: Tier[];
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

/** Whole packages, a started one included, after the free units. 5 per 100, 100 free: 201 units cost 10. */
export type PackagePrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "package";
  /** Units in one package. */
  package_size: string;
  /** What one package costs, started ones as well, in the price's denomination. */
  package_amount: string;
  /** Units of a period before the first package. */
  free_units: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

/** A part of the quantity, which is an amount of money, and an amount per event. 2.9 % and 0.30: a payment of 100 costs 3.20. */
export type PercentagePrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "percentage";
  /** In percent of the quantity: `2.9` is 2.9 %. */
  rate_percent: string;
  /** What every event costs beside the rate, in the price's denomination. */
  fixed_amount: string;
  /** The part of a period's quantity that is free of the rate; `fixed_amount` is owed all the same. */
  free_amount: string;
  /** The least that one event costs. With it every event is charged on its own, and nothing can be free or included. */
  minimum_per_event: string | null;
  /** The most that one event costs. With it every event is charged on its own, and nothing can be free or included. */
  maximum_per_event: string | null;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

/** Like `graduated`, with a rate for each tier. 1 % up to 1,000, then 2 %: 1,500 costs 20. */
export type GraduatedPercentagePrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "graduated_percentage";
  /** In rising order of `up_to`, the last one without an end. */
  tiers: PercentageTier[];
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

export type PercentageTier = {
  /** Units up to here, inclusive, fall into the tier, from the end of the one before it; null in the last one, which has no end. */
  up_to: string | null;
  /** In percent of the quantity, which is an amount of money: `2.9` is 2.9 %. */
  rate_percent: string;
  /** Owed once per period, as soon as anything falls into the tier. */
  flat_amount: string;
};

/** A unit price for each combination of property values. large in the EU at 3: 5 such units cost 15. */
export type MatrixPrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "matrix";
  /** Properties whose values decide on the unit price, at most 5. */
  dimensions: string[];
  rows: MatrixRow[];
  /** What a unit of any other combination costs; null does not price it. */
  default_unit_amount: string | null;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

export type MatrixRow = {
  /** One value for each of `dimensions`, in their order. */
  values: (string | boolean | null)[];
  /** What one unit costs, in the price's denomination. */
  unit_amount: string;
};

/** The event itself says what it costs, in a property. */
export type DynamicPrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "dynamic";
  /** Property that holds what the event costs, in the price's denomination: a number or a numeric string. */
  amount_property: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

/** Every event costs the same, whatever its quantity. */
export type FlatPerEventPrice = {
  /** Unique in the document. Usage is counted by it. */
  code: string;
  /** The meter whose usage it prices. */
  meter_code: string;
  model: "flat_per_event";
  /** What one event costs, in the price's denomination. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Properties by whose values usage is counted apart, at most 5: each combination has tiers and included units of its own. */
  group_by: string[];
  /** Brings quantities to whole steps before they are priced; null leaves them as they are. */
  rounding: UnitRounding | null;
  /** Units of a period that cost nothing; in each group where usage is counted apart. */
  included_units: string;
  /** The least that a period costs, all groups together. What is missing is a line of the invoice, never the cost of an event. */
  minimum_amount: string | null;
  /** The most that a period costs, all groups together; what comes after it costs nothing. */
  maximum_amount: string | null;
  /** What becomes of usage whose period is invoiced already: it counts in the current period, with a mark, or the event is refused with `USAGE_TOO_LATE`. */
  late_usage: "current_period" | "reject";
};

export type FeeOverride = {
  /** Code of the plan's fee. */
  code: string;
  /** What it costs instead, in the fee's denomination. */
  amount: string;
};

/** The subscription */
export type SubscriptionResponse = {
  success: boolean;
  subscription: Subscription;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The subscription after the change */
export type SubscriptionChangeResponse = {
  success: boolean;
  subscription: Subscription;
  /** With `dry_run`: what it would come to; null without. */
  preview: SubscriptionPreview | null;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type SubscriptionPreview = {
  /** The invoices that it would make or change, as they would be. */
  invoices: Invoice[];
  /** What it would give back of invoices. */
  credit_notes: CreditNote[];
};

export type Invoice = {
  /** Id of the invoice. */
  id: string;
  /** Its number, without gaps; null while it is a draft. */
  number: string | null;
  status: "draft" | "open" | "paid" | "void" | "uncollectible";
  /** Whom it is for. */
  customer_id: string;
  /** The subscription that it bills; null if made by hand. */
  subscription_id: string | null;
  currency_code: string;
  collection_method: "send_invoice" | "charge_automatically";
  days_until_due: number | null;
  /** When it is due; null while it is a draft and if it is charged automatically. */
  due_date: string | null;
  /** Start of the billing period that it bills. */
  period_start: string | null;
  /** End of the billing period that it bills, which is not part of it. */
  period_end: string | null;
  /** The sum of its lines. */
  subtotal_cents: number;
  /** What discounts take off. */
  discount_cents: number;
  /** Tax on top of the lines; what prices contain is in `taxes` alone. */
  tax_cents: number;
  /** Subtotal, less discounts, plus tax. */
  total_cents: number;
  /** How much of the total the customer's balance and credit notes have paid. */
  credit_applied_cents: number;
  /** The part of that which was taken of the customer's balance as it was finalized. */
  balance_applied_cents: number;
  /** How much of the balance has gone back to the wallet, because it was voided or credited. */
  balance_returned_cents: number;
  /** The entry of the currency's ledger that took it; null if nothing was taken. */
  balance_entry_seq: number | null;
  /** How much has been paid. */
  amount_paid_cents: number;
  /** What is left to pay: total, less credit, less payments; 0 once it is void. */
  amount_due_cents: number;
  /** Public page to pay it; null while there is none. */
  payment_url: string | null;
  /** The invoice as a PDF, for whoever has a key; null in a preview. Its customer finds it on the public page. */
  pdf_url: string | null;
  /** When it is charged next, or the customer is reminded; null while nothing is planned. */
  next_collection_at: string | null;
  /** How often it has been charged or asked for in vain. */
  collection_attempts: number;
  /** Its discounts, in the order in which they are taken. */
  discounts: InvoiceDiscount[];
  /** Its taxes, those that prices contain too. */
  taxes: InvoiceTax[];
  /** Why it has no taxes: its customer is `exempt`, or accounts for them (`reverse_charge`); else `taxed`. */
  tax_treatment: "taxed" | "exempt" | "reverse_charge";
  memo: string | null;
  line_items: InvoiceLineItem[];
  /** When it got its number and became final. */
  finalized_at: string | null;
  /** When nothing was left to pay. */
  paid_at: string | null;
  /** When it was voided. */
  voided_at: string | null;
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When it was created. */
  created_at: string;
  /** When it last changed. */
  updated_at: string;
};

export type InvoiceDiscount = {
  /** Id of the customer's discount. */
  id: string;
  /** The coupon that was redeemed. */
  coupon_code: string;
  name: string;
  /** How much it takes off, in percent. */
  percent_off: string | null;
  /** What it takes off at most, in minor units. */
  amount_off_cents: number | null;
  /** What it takes off this invoice. */
  amount_cents: number;
};

export type InvoiceTax = {
  /** The tax rate. */
  code: string;
  name: string;
  /** How much it is, in percent. */
  percent: string;
  /** Whether prices contain it; else it comes on top. */
  is_inclusive: boolean;
  /** What it is of: lines less discounts, less the taxes that prices contain. */
  taxable_cents: number;
  /** What it comes to, rounded half up once. */
  tax_cents: number;
};

export type InvoiceLineItem = {
  /** Id of the line item. */
  id: string;
  type: "manual" | "fixed_fee" | "usage" | "proration" | "minimum_commitment" | "discount";
  description: string;
  /** How many. */
  quantity: string;
  /** What one costs, in minor units of the currency; null when that is not whole. */
  unit_amount_cents: number | null;
  /** The exact price of one, in the currency; null where tiers leave no single price. */
  unit_amount_decimal: string | null;
  /** What the line comes to, rounded half up to the minor unit. */
  amount_cents: number;
  /** Start of the time that it covers. */
  period_start: string | null;
  /** End of the time that it covers, which is not part of it. */
  period_end: string | null;
  /** The meter whose usage it charges. */
  meter_code: string | null;
  /** Tier by tier how the amount comes about; null for a line made by hand. */
  details: unknown;
};

export type CreditNote = {
  /** Id of the credit note. */
  id: string;
  /** Its number, without gaps; null in a preview. */
  number: string | null;
  /** Whom it credits. */
  customer_id: string;
  /** The invoice of which it gives back. */
  invoice_id: string;
  currency_code: string;
  /** What it gives back, with its share of discounts and taxes. */
  total_cents: number;
  /** The tax in that. */
  tax_cents: number;
  /** The part that lowered what was due of the invoice. */
  applied_cents: number;
  /** The part that went back to where it was paid from; the rest went into the wallet. */
  refunded_cents: number;
  reason: string;
  lines: {
    description: string;
    /** How many. */
    quantity: string;
    /** What is given back for it, in the currency; below 0. */
    amount: string;
    /** The same, rounded half up to the minor unit. */
    amount_cents: number;
    /** Start of the time that is given back. */
    period_start: string | null;
    /** End of the time that is given back. */
    period_end: string | null;
  }[];
  /** When it was issued. */
  created_at: string;
};

/** The hold */
export type HoldResponse = {
  success: boolean;
  hold: Hold;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Hold = {
  /** Id of the hold. */
  id: string;
  /** Whose wallet it is on. */
  customer_id: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  status: "open" | "captured" | "released" | "expired";
  /** What it was made for. */
  amount: string;
  /** What is still reserved; 0 once it has ended. */
  remaining: string;
  /** What was spent on it. */
  captured: string;
  /** When it ends by itself. */
  expires_at: string;
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When it was made. */
  created_at: string;
  /** When it last changed. */
  updated_at: string;
};

export type HoldListResponse = {
  success: boolean;
  holds: Hold[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The hold and what became of its events */
export type CaptureHoldResponse = {
  success: boolean;
  hold: Hold;
  /** One for each event, in order. */
  results: {
    /** Id of the usage. */
    usage_id: string;
    status: "processed" | "duplicate";
    /** What it cost, for each denomination touched. */
    cost: Cost[];
  }[];
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The subscriptions before and after */
export type ChangePlanResponse = {
  success: boolean;
  status: "completed" | "scheduled";
  old_subscription: Subscription;
  /** The one that takes over; null while it is scheduled. */
  new_subscription: Subscription | null;
  /** With `dry_run`: what it would come to; null without. */
  preview: SubscriptionPreview | null;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The coupon */
export type CouponResponse = {
  success: boolean;
  coupon: Coupon;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Coupon = {
  /** Id of the coupon. */
  id: string;
  /** What it is redeemed by. Never changes. */
  code: string;
  /** As invoices show it. */
  name: string;
  /** How much of an invoice it takes off, in percent. */
  percent_off: string | null;
  /** What it takes off an invoice, in minor units. */
  amount_off_cents: number | null;
  /** Currency of `amount_off_cents`. */
  currency_code: string | null;
  /** `once` is good for one invoice, `repeating` for all that are made within `duration_in_months` of redeeming it, `forever` for all. */
  duration: "once" | "repeating" | "forever";
  /** How many months a `repeating` one is good for. */
  duration_in_months: number | null;
  /** How often it can be redeemed by all customers together; null is without limit. */
  max_redemptions: number | null;
  /** How often it has been redeemed. */
  redemptions: number;
  /** From when on it can be redeemed no more; null is never. What has been redeemed stays. */
  redeem_by: string | null;
  /** When it was archived: it can be redeemed no more. */
  archived_at: string | null;
  /** When it was created. */
  created_at: string;
};

export type CouponListResponse = {
  success: boolean;
  coupons: Coupon[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The discount */
export type DiscountResponse = {
  success: boolean;
  discount: Discount;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Discount = {
  /** Id of the discount. */
  id: string;
  /** Whose invoices it is for. */
  customer_id: string;
  /** The one subscription whose invoices it is for; null is all. */
  subscription_id: string | null;
  /** The coupon that was redeemed. */
  coupon_code: string;
  /** As invoices show it. */
  name: string;
  /** How much of an invoice it takes off, in percent. */
  percent_off: string | null;
  /** What it takes off an invoice, in minor units. */
  amount_off_cents: number | null;
  /** Currency of `amount_off_cents`. */
  currency_code: string | null;
  /** `once` is good for one invoice, `repeating` for all that are made within `duration_in_months` of redeeming it, `forever` for all. */
  duration: "once" | "repeating" | "forever";
  /** From when on invoices have it. */
  starts_at: string;
  /** From when on new invoices have it no more; null is never. */
  ends_at: string | null;
  /** The invoice that one which is good `once` was taken by. */
  invoice_id: string | null;
  /** When it was redeemed. */
  created_at: string;
};

export type DiscountListResponse = {
  success: boolean;
  discounts: Discount[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The tax rate */
export type TaxRateResponse = {
  success: boolean;
  tax_rate: TaxRate;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type TaxRate = {
  /** Id of the tax rate. */
  id: string;
  /** What it is named by. Never changes. */
  code: string;
  /** As invoices show it, for example VAT. */
  name: string;
  /** How much it is, in percent. */
  percent: string;
  /** Whether prices contain it; else it comes on top. */
  is_inclusive: boolean;
  /** The country of customers whom it is for, ISO 3166-1 alpha-2; null is for customers of all countries that no rate is for. */
  country: string | null;
  /** The state of their billing address, as addresses write it; null is the whole country. */
  state: string | null;
  /** Whether customers with a tax id of the country account for it themselves (reverse charge). */
  is_reversed_by_tax_id: boolean;
  /** When it was archived: no invoice is taxed by it any more. */
  archived_at: string | null;
  /** When it was created. */
  created_at: string;
};

export type TaxRateListResponse = {
  success: boolean;
  tax_rates: TaxRate[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The invoice */
export type InvoiceResponse = {
  success: boolean;
  invoice: Invoice;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type InvoiceListResponse = {
  success: boolean;
  invoices: Invoice[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The draft is deleted */
export type InvoiceDeletedResponse = {
  success: boolean;
  /** Id of the invoice. */
  id: string;
  deleted: true;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type CreditNoteListResponse = {
  success: boolean;
  credit_notes: CreditNote[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The credit note */
export type CreditNoteResponse = {
  success: boolean;
  credit_note: CreditNote;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** Where it comes from */
export type InvoiceExplanationResponse = {
  success: boolean;
  explanation: InvoiceExplanation;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type InvoiceExplanation = {
  /** Id of the invoice. */
  invoice_id: string;
  number: string | null;
  status: "draft" | "open" | "paid" | "void" | "uncollectible";
  currency_code: string;
  /** The sum of its lines. */
  subtotal_cents: number;
  discounts: InvoiceDiscount[];
  /** What discounts take off. */
  discount_cents: number;
  taxes: InvoiceTax[];
  /** Tax on top of the lines. */
  tax_cents: number;
  tax_treatment: "taxed" | "exempt" | "reverse_charge";
  /** Subtotal, less discounts, plus tax. */
  total_cents: number;
  /** What it took of its customer's balance as it was finalized; a part of `credit_applied_cents`. */
  balance_applied_cents: number;
  /** The entry of the currency's ledger by which it did, with the grants that paid; null if it took nothing. */
  balance_entry_seq: number | null;
  /** Whether people have changed or removed a line that a billing had made. */
  is_edited: boolean;
  lines: {
    /** Id of the line. */
    line_item_id: string;
    type: string;
    description: string;
    made_by: "hand" | "billing";
    /** What made it; null if it was made by hand. */
    billing: {
      /** Id of the billing. */
      id: string;
      /** Why the subscription was billed. */
      cause: "activation" | "trial_end" | "billing" | "renewal" | "end";
      /** The billing before; null for the first. */
      billed_after: string | null;
      /** What fell due since then and until here is on it. */
      billed_at: string;
      /** Start of the usage period that it closed. */
      usage_start: string | null;
      /** End of that period. */
      usage_end: string | null;
      /** The subscription that was billed. */
      subscription_id: string;
      plan_code: string;
      /** The version of the plan that priced it. */
      plan_version: number;
    } | null;
    /** The fee, price or commitment of the plan. */
    code: string | null;
    /** What the plan counts it in: a currency or a pricing unit. */
    denomination: string | null;
    /** Of a fee: the seats that it is owed for, as they changed. */
    seats: {
      /** From when on. */
      from: string;
      /** How many. */
      quantity: string;
      is_billed: boolean;
    }[] | null;
    /** Of usage: what was counted, and what it came to. */
    usage: {
      price_code: string;
      meter_code: string;
      /** Start of the usage period. */
      period_start: string;
      /** End of it. */
      period_end: string;
      /** The meter's readings as they were. */
      counters: {
        /** The values that the price tells usage apart by, as JSON; empty if none. */
        dimension: string;
        /** What the meter read. */
        quantity: string;
        /** How many events it is the reading of. */
        event_count: number;
        /** What events cost one by one, for prices that charge so. */
        accrued: string;
      }[];
      /** How the readings came to `charged`, to the last digit. */
      charges: {
        /** That of the counter. */
        dimension: string;
        /** Tier by tier what its reading comes to. */
        lines: ChargeLine[];
      }[];
      /** What the price's maximum took off all of them; empty if nothing. */
      maximum: ChargeLine[];
      /** What they came to by the price. */
      charged: string;
      /** What of that credits had paid; the line is the rest. */
      paid_by_credits: string;
      /** Its events, page by page. */
      events_url: string;
    } | null;
    /** How a pricing unit became the currency. */
    conversion: {
      /** What one unit was worth. */
      amount_per_unit: string;
      /** Since when. */
      effective_from: string;
    } | null;
    /** Of what is given back at the discount that it was paid with: that invoice's subtotal and discount. */
    as_paid: {
      /** What the plan says is given back. */
      listed_amount: string;
      subtotal_cents: number;
      discount_cents: number;
    } | null;
    /** How many. */
    quantity: string;
    /** The exact price of one, in the currency. */
    unit_amount: string | null;
    /** The exact amount, in the currency. */
    amount: string;
    rounding: {
      mode: "half_up";
      minor_unit_digits: number;
    };
    /** The amount, rounded once. */
    amount_cents: number;
  }[];
};

export type LineItemEventListResponse = {
  success: boolean;
  events: Event[];
  pagination: Pagination;
  /** What was recorded before this instant may have been archived by the operator, and is not in this answer then; null where nothing is archived. */
  archived_before: string | null;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The payment */
export type PaymentResponse = {
  success: boolean;
  payment: Payment;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Payment = {
  /** Id of the payment. */
  id: string;
  /** Who pays. */
  customer_id: string;
  /** For which invoice. */
  invoice_id: string;
  /** The number of that invoice. */
  invoice_number: string | null;
  /** Who moved the money: the sandbox (test mode only), Stripe, or people. */
  provider: "sandbox" | "stripe" | "manual";
  /** What is charged; null if it was paid outside. */
  payment_method_id: string | null;
  /** `processing` until the provider has said what became of it; `requires_action` while the customer must confirm it. */
  status: "processing" | "requires_action" | "succeeded" | "failed" | "canceled";
  /** How much is paid, in minor units. */
  amount_cents: number;
  /** What of it the invoice did not need any more; it went into the customer's wallet. */
  excess_cents: number;
  /** What has been given back, or is on its way. */
  refunded_cents: number;
  currency_code: string;
  /** By which the provider, or a bank statement, knows it. */
  reference: string | null;
  /** Why it failed; null if it has not. */
  failure: {
    code: string;
    message: string;
  } | null;
  /** Where the customer confirms it, while that is required. */
  action_url: string | null;
  /** Whether the customer has disputed it with their bank. */
  is_disputed: boolean;
  /** When it was begun. */
  created_at: string;
  /** When it succeeded, failed or was canceled. */
  ended_at: string | null;
};

export type PaymentListResponse = {
  success: boolean;
  payments: Payment[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The refund */
export type RefundResponse = {
  success: boolean;
  refund: Refund;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Refund = {
  /** Id of the refund. */
  id: string;
  /** Of which payment it gives back. */
  payment_id: string;
  /** The credit note that documents it. */
  credit_note_id: string;
  /** One that fails goes into the customer's wallet instead. */
  status: "processing" | "succeeded" | "failed";
  /** How much is given back, in minor units. */
  amount_cents: number;
  currency_code: string;
  reason: string;
  reference: string | null;
  failure_message: string | null;
  /** When it was begun. */
  created_at: string;
  /** When it succeeded or failed. */
  ended_at: string | null;
};

/** The refunds */
export type RefundListResponse = {
  success: boolean;
  refunds: Refund[];
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The payment method */
export type PaymentMethodResponse = {
  success: boolean;
  payment_method: PaymentMethod;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type PaymentMethod = {
  /** Id of the payment method. */
  id: string;
  /** Whose it is. */
  customer_id: string;
  provider: "sandbox" | "stripe";
  /** The card's brand, like visa. */
  brand: string;
  /** The card's last four digits; more is never stored. */
  last_four: string;
  expires_month: number;
  expires_year: number;
  /** Whether it is what is charged automatically. */
  is_default: boolean;
  /** When it was saved. */
  created_at: string;
};

/** The payment methods */
export type PaymentMethodListResponse = {
  success: boolean;
  payment_methods: PaymentMethod[];
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The page */
export type PaymentMethodSetupResponse = {
  success: boolean;
  /** Stripe's page, for the customer to open. */
  url: string;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The payment method is forgotten */
export type PaymentMethodDeletedResponse = {
  success: boolean;
  /** Id of the payment method. */
  id: string;
  deleted: true;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The payment settings */
export type PaymentSettingsResponse = {
  success: boolean;
  payment_settings: PaymentSettings;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type PaymentSettings = {
  /** Whether a provider that takes cards is set up in this mode. */
  takes_cards: boolean;
  /** How customers pay by bank transfer, shown on the payment page; null takes none. */
  bank_details: string | null;
  /** On which days after the first try an invoice is charged again, or its customer reminded; at most 10, each later than the one before. */
  retry_days: number[];
  /** What becomes of an invoice that is still not paid after that. */
  after_retries: "leave_open" | "mark_uncollectible" | "cancel_subscription";
  /** The sites to which hosted pages may send customers back. */
  redirect_origins: string[];
  /** The sites that may show hosted pages in a frame of theirs. */
  frame_origins: string[];
  /** The plans to which customers may move by themselves, on the portal; none by default. */
  portal_plan_codes: string[];
  /** Your own account at Stripe, in this mode. */
  stripe: {
    /** Whether a key is set. */
    is_set_up: boolean;
    /** The last four characters of the secret key. */
    key_last_four: string | null;
    /** Whether the endpoint's signing secret is set. */
    has_webhook_secret: boolean;
    /** Where Stripe is to send its events; null until a key is set. */
    webhook_url: string | null;
  };
};

/** The link */
export type SignupLinkResponse = {
  success: boolean;
  subscription_signup_link: SubscriptionSignupLink;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type SubscriptionSignupLink = {
  /** Id of the link. */
  id: string;
  /** What makes the address one that nobody can guess. Shown only here. */
  token: string;
  /** The page, for the customer to open; it can be used once. */
  url: string;
  /** When it can be used no more: after 24 hours. */
  expires_at: string;
  /** Who subscribes. */
  customer_id: string;
  plan_code: string;
  /** Where the customer goes when it is done; on a site that the payment settings name. */
  success_url: string | null;
  /** Where the customer goes who turns back; on a site that the payment settings name. */
  back_url: string | null;
  /** The subscription that the customer moves from; without it a new one begins. */
  previous_subscription_id: string | null;
  /** When a plan change takes effect; required with `previous_subscription_id`. */
  change_timing_mode: "now" | "end_of_period" | null;
  /** Only with `now`: whether fees paid for longer are given back; the default is `prorated_refund`. */
  cancel_now_prepaid_refund_policy: "prorated_refund" | "no_refund" | null;
};

/** The link */
export type PortalLinkResponse = {
  success: boolean;
  /** The page, for the customer to open. */
  url: string;
  /** When it opens no more. */
  expires_at: string;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The test clock */
export type TestClockResponse = {
  success: boolean;
  test_clock: TestClock;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type TestClock = {
  /** Id of the test clock. */
  id: string;
  name: string;
  /** What time it is for its customers. */
  frozen_time: string;
  /** While it is advancing, what falls due on the way is being done. */
  status: "ready" | "advancing";
  /** How far it is going; `frozen_time` says where it is. Null while it stands still. */
  progress: {
    /** Where it was. */
    from: string;
    /** Where it is going. */
    to: string;
  } | null;
  /** Customers for whom something could not be done when it was last advanced, and why. */
  failures: {
    customer_id: string;
    message: string;
  }[];
  /** When it was made, in real time. */
  created_at: string;
};

export type TestClockListResponse = {
  success: boolean;
  test_clocks: TestClock[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The clock is deleted */
export type TestClockDeletedResponse = {
  success: boolean;
  /** Id of the test clock. */
  id: string;
  deleted: true;
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

/** The conversion */
export type PricingUnitConversionResponse = {
  success: boolean;
  conversion: PricingUnitConversion;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type PricingUnitConversion = {
  /** Id of the conversion. */
  id: string;
  /** The pricing unit. */
  pricing_unit_code: string;
  /** Currency, ISO 4217. */
  currency_code: string;
  /** What one unit is worth, exact, in the currency. */
  amount_per_unit: string;
  /** From when on, until a later conversion to the same currency takes over. */
  effective_from: string;
  /** When it was created. */
  created_at: string;
};

export type PricingUnitConversionListResponse = {
  success: boolean;
  conversions: PricingUnitConversion[];
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
  /** Reads the meter over each hour or day of the customer's time zone on its own, and adds the readings up: the greatest of each hour, summed over a period. null reads the period as a whole. */
  window: "hour" | "day" | null;
  /** An event is measured only if all of them hold. */
  filters: MeterFilter[];
  /** An archived meter measures no event. */
  archived: boolean;
  /** When it was archived; null while it is not. */
  archived_at: string | null;
  /** When it was created. */
  created_at: string;
};

/** How a period's events become one quantity. */
export type MeterAggregation = CountAggregation | MeasureAggregation | UniqueCountAggregation | WeightedSumAggregation;

/** How many events there were. */
export type CountAggregation = {
  type: "count";
};

/** `sum`: the quantities added up; they may be negative. `max`, `min`: the greatest, the least. `latest`: that of the last timestamp, of two at once the greater. */
export type MeasureAggregation = {
  type: "sum" | "max" | "min" | "latest";
  /** The property that is read; null where an expression is. */
  property: string;
  expression: null;
} | {
  type: "sum" | "max" | "min" | "latest";
  property: null;
  /** What is computed of properties; null where one is read. */
  expression: string;
};

/** How many different values a property had, exactly. A number and the string that writes it are one. */
export type UniqueCountAggregation = {
  type: "unique_count";
  /** The property whose different values are counted: a string, a number, true or false. */
  property: string;
};

/** A level over time, as GB-hours of storage. An event's quantity is the change of the level from its timestamp on; the reading is the level times the time it lasted. */
export type WeightedSumAggregation = {
  type: "weighted_sum";
  /** The property that is read; null where an expression is. */
  property: string;
  expression: null;
  /** What the level is multiplied by: time in this unit; `period` gives its average over the period. */
  per: "second" | "minute" | "hour" | "day" | "period";
} | {
  type: "weighted_sum";
  property: null;
  /** What is computed of properties; null where one is read. */
  expression: string;
  /** What the level is multiplied by: time in this unit; `period` gives its average over the period. */
  per: "second" | "minute" | "hour" | "day" | "period";
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
  /** How often usage is counted from nothing and billed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period. */
  usage_every: Recurrence | null;
  /** Days from the start of a subscription in which no fixed fee is owed; 0 is no trial. Usage costs what it costs. */
  trial_days: number;
  /** What the usage that meters measure costs. A meter may have several prices, in different denominations. */
  usage_prices: UsagePrice[];
  /** What the plan costs whether or not it is used. */
  fixed_fees: FixedFee[];
  /** The least that a billing period comes to, over all prices in a denomination. */
  minimum_commitments: MinimumCommitment[];
  /** Credits that every billing period begins with. */
  recurring_grants: RecurringGrant[];
  /** Whether usage may take a wallet below zero. A denomination that is not listed is allowed. */
  overdraft: OverdraftRule[];
  /** Hours after a period's end in which late usage still lands on its draft invoice; null is the company's default. */
  invoice_grace_hours: number | null;
  /** `automatic`: drafts are finalized as that time ends. `manual`: they wait for you. Null is the company's default. */
  invoice_finalization: "automatic" | "manual" | null;
  /** Your own data. */
  metadata: { [key: string]: string };
  /** When the plan was created. */
  created_at: string;
  /** When its latest version was created. */
  updated_at: string;
};

export type Recurrence = {
  interval: "week" | "month" | "quarter" | "year";
  /** How many intervals lie between one time and the next. */
  interval_count: number;
};

export type FixedFee = {
  /** Unique among the fees of the document. */
  code: string;
  name: string;
  /** What one billing period costs, or one of what `every` says, exact; for each seat where `per` says so. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Owed once for the subscription, or for each of its seats. */
  per: "subscription" | "seat";
  /** Billed as a period begins, or as it ends. */
  billing: "in_advance" | "in_arrears";
  /** `once` is a setup fee: it belongs to the first period alone. */
  recurrence: "every_period" | "once";
  /** How often the fee is owed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period. */
  every: Recurrence | null;
};

export type MinimumCommitment = {
  /** Unique among the minimum commitments of the document. */
  code: string;
  name: string;
  /** The least that one billing period comes to, exact. What is missing is a line of the invoice. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** What counts towards it: usage in its denomination alone, or fixed fees in it too. */
  counts: "usage" | "usage_and_fees";
};

export type RecurringGrant = {
  /** Unique among the recurring grants of the document. */
  code: string;
  name: string;
  /** What every billing period gives: above 0, exact; for each seat where `per` says so. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
  /** Given once for the subscription, or for each of its seats. */
  per: "subscription" | "seat";
  kind: "promotional" | "paid";
  /** The lower number is drawn first. */
  priority: number;
  rollover: Rollover;
};

/** What becomes of the credits that are left as a billing period ends. */
export type Rollover = NoRollover | FullRollover | CappedRollover;

/** They expire. */
export type NoRollover = {
  type: "none";
};

/** All of them stay. */
export type FullRollover = {
  type: "all";
};

/** At most `cap` of them go on into the next period; the rest expires. */
export type CappedRollover = {
  type: "capped";
  /** The most that goes on, in the grant's denomination. */
  cap: string;
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

/** What the version would change */
export type PlanVersionPreviewResponse = {
  success: boolean;
  preview: PlanVersionPreview;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The usage of their current periods so far, by the versions that they have and by this one. */
export type PlanVersionPreview = {
  /** The number that the version would get. */
  version: number;
  /** Live subscriptions with an earlier version, which could be moved to it. */
  subscription_count: number;
  /** How many events were rated, both ways. */
  event_count: number;
  /** How many of them the candidate could not rate, because a property that it needs is missing or no number. They cost nothing in it. */
  unrated_event_count: number;
  /** What they cost by the version that each subscription has. */
  current: SimulatedAmount[];
  /** What they would cost by the candidate. */
  candidate: SimulatedAmount[];
  /** What the candidate costs more. */
  difference: SimulatedAmount[];
};

export type SimulatedAmount = {
  /** Exact; below 0 in a difference that is a saving. */
  amount: string;
  /** What it is counted in: a currency or a pricing unit. */
  account_type: "currency" | "pricing_unit";
  /** ISO 4217, lower case; null for a pricing unit. */
  currency_code: string | null;
  /** Null for a currency. */
  pricing_unit_code: string | null;
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
  /** How often usage is counted from nothing and billed, where that is more often than every billing period, into which it must fit a whole number of times; null is every billing period. */
  usage_every: Recurrence | null;
  /** Days from the start of a subscription in which no fixed fee is owed; 0 is no trial. Usage costs what it costs. */
  trial_days: number;
  /** What the usage that meters measure costs. A meter may have several prices, in different denominations. */
  usage_prices: UsagePrice[];
  /** What the plan costs whether or not it is used. */
  fixed_fees: FixedFee[];
  /** The least that a billing period comes to, over all prices in a denomination. */
  minimum_commitments: MinimumCommitment[];
  /** Credits that every billing period begins with. */
  recurring_grants: RecurringGrant[];
  /** Whether usage may take a wallet below zero. A denomination that is not listed is allowed. */
  overdraft: OverdraftRule[];
  /** Hours after a period's end in which late usage still lands on its draft invoice; null is the company's default. */
  invoice_grace_hours: number | null;
  /** `automatic`: drafts are finalized as that time ends. `manual`: they wait for you. Null is the company's default. */
  invoice_finalization: "automatic" | "manual" | null;
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

/** What the usage costs both ways */
export type SimulatePlanResponse = {
  success: boolean;
  customers: SimulatedCustomer[];
  total: SimulationTotal;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type SimulatedCustomer = {
  /** The customer. */
  customer_id: string;
  /** How many events were rated, both ways. */
  event_count: number;
  /** How many of them the candidate could not rate, because a property that it needs is missing or no number. They cost nothing in it. */
  unrated_event_count: number;
  /** What they cost by the version that each subscription has. */
  current: SimulatedAmount[];
  /** What they would cost by the candidate. */
  candidate: SimulatedAmount[];
  /** What the candidate costs more. */
  difference: SimulatedAmount[];
};

export type SimulationTotal = {
  customer_count: number;
  /** How many events were rated, both ways. */
  event_count: number;
  /** How many of them the candidate could not rate, because a property that it needs is missing or no number. They cost nothing in it. */
  unrated_event_count: number;
  /** What they cost by the version that each subscription has. */
  current: SimulatedAmount[];
  /** What they would cost by the candidate. */
  candidate: SimulatedAmount[];
  /** What the candidate costs more. */
  difference: SimulatedAmount[];
};

export type MailListResponse = {
  success: boolean;
  mails: Mail[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Mail = {
  /** Id of the mail; its Message-ID is made of it. */
  id: string;
  /** Whom it is to. */
  customer_id: string;
  /** What it tells. */
  template: "invoice_issued" | "invoice_due_soon" | "invoice_overdue" | "payment_failed" | "invoice_paid_by_balance" | "payment_receipt" | "refund_sent" | "credit_note_issued";
  /** `kept`: it stays here, because mails are off in this mode or the server has no mail server. `waiting`: it is sent, or tried again. `sent`: the mail server has taken it. `failed`: it could not be sent. */
  status: "kept" | "waiting" | "sent" | "failed";
  /** The address it goes to: the customer's as it was then. */
  recipient: string;
  /** Its subject. */
  subject: string;
  /** How often it was tried to be sent. */
  attempts: number;
  /** Why it could not be sent when last tried; null if it could. */
  last_error: string | null;
  /** When what it tells of happened. */
  created_at: string;
  /** When the mail server took it; null before. */
  sent_at: string | null;
};

/** The mail */
export type MailResponse = {
  success: boolean;
  mail: WholeMail;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type WholeMail = {
  /** Id of the mail; its Message-ID is made of it. */
  id: string;
  /** Whom it is to. */
  customer_id: string;
  /** What it tells. */
  template: "invoice_issued" | "invoice_due_soon" | "invoice_overdue" | "payment_failed" | "invoice_paid_by_balance" | "payment_receipt" | "refund_sent" | "credit_note_issued";
  /** `kept`: it stays here, because mails are off in this mode or the server has no mail server. `waiting`: it is sent, or tried again. `sent`: the mail server has taken it. `failed`: it could not be sent. */
  status: "kept" | "waiting" | "sent" | "failed";
  /** The address it goes to: the customer's as it was then. */
  recipient: string;
  /** Its subject. */
  subject: string;
  /** How often it was tried to be sent. */
  attempts: number;
  /** Why it could not be sent when last tried; null if it could. */
  last_error: string | null;
  /** When what it tells of happened. */
  created_at: string;
  /** When the mail server took it; null before. */
  sent_at: string | null;
  /** What it says, as plain text. */
  text: string;
  /** What it says, as an HTML document that loads nothing. */
  html: string;
};

/** The new mail */
export type NewMailResponse = {
  success: boolean;
  mail: WholeMail;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The webhook endpoint, with its secret */
export type NewWebhookEndpointResponse = {
  success: boolean;
  webhook_endpoint: NewWebhookEndpoint;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type NewWebhookEndpoint = {
  /** Id of the endpoint. */
  id: string;
  /** Where events are sent, by POST. In live mode it must be https; addresses of private networks are refused. */
  url: string;
  /** Which events it gets; an empty list is all of them. */
  event_types: ("customer.erased" | "balance.low" | "balance.recovered" | "top_up.created" | "top_up.paid" | "top_up.failed" | "top_up_rule.off" | "invoice.overdue" | "invoice.paid" | "invoice.uncollectible" | "invoice.voided" | "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed" | "refund.succeeded" | "refund.failed")[];
  /** What it is for. */
  description: string | null;
  /** Whether events are sent to it. What happens while it is off is not sent later. */
  is_on: boolean;
  /** `failing`: turned off by itself, after three days in which nothing could be delivered. */
  off_reason: "failing" | null;
  /** Since when every try has failed; null if the last one did not. */
  failing_since: string | null;
  /** When it was created. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
  /** What requests are signed with, to be given to a Standard Webhooks library. Shown only here. */
  secret: string;
};

export type WebhookEndpointListResponse = {
  success: boolean;
  webhook_endpoints: WebhookEndpoint[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type WebhookEndpoint = {
  /** Id of the endpoint. */
  id: string;
  /** Where events are sent, by POST. In live mode it must be https; addresses of private networks are refused. */
  url: string;
  /** Which events it gets; an empty list is all of them. */
  event_types: ("customer.erased" | "balance.low" | "balance.recovered" | "top_up.created" | "top_up.paid" | "top_up.failed" | "top_up_rule.off" | "invoice.overdue" | "invoice.paid" | "invoice.uncollectible" | "invoice.voided" | "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed" | "refund.succeeded" | "refund.failed")[];
  /** What it is for. */
  description: string | null;
  /** Whether events are sent to it. What happens while it is off is not sent later. */
  is_on: boolean;
  /** `failing`: turned off by itself, after three days in which nothing could be delivered. */
  off_reason: "failing" | null;
  /** Since when every try has failed; null if the last one did not. */
  failing_since: string | null;
  /** When it was created. */
  created_at: string;
  /** When it was changed last. */
  updated_at: string;
};

/** The webhook endpoint */
export type WebhookEndpointResponse = {
  success: boolean;
  webhook_endpoint: WebhookEndpoint;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The webhook endpoint is deleted */
export type WebhookEndpointDeletedResponse = {
  success: boolean;
  /** Id of the endpoint. */
  id: string;
  deleted: true;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type WebhookDeliveryListResponse = {
  success: boolean;
  webhook_deliveries: WebhookDelivery[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type WebhookDelivery = {
  /** Id of the webhook event that is delivered: the header `webhook-id`. */
  webhook_event_id: string;
  /** What has happened. */
  type: "customer.erased" | "balance.low" | "balance.recovered" | "top_up.created" | "top_up.paid" | "top_up.failed" | "top_up_rule.off" | "invoice.overdue" | "invoice.paid" | "invoice.uncollectible" | "invoice.voided" | "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed" | "refund.succeeded" | "refund.failed";
  /** To which customer. */
  customer_id: string;
  /** `waiting`: it is sent, or tried again. `delivered`: the endpoint has answered with a 2xx status. `failed`: given up after three days. */
  status: "waiting" | "delivered" | "failed";
  /** How often it was tried. */
  attempts: number;
  /** The HTTP status of the last answer; null if there was none. */
  response_status: number | null;
  /** Why the last try failed; null if it did not. */
  last_error: string | null;
  /** When it is tried next; null once it has ended. */
  next_attempt_at: string | null;
  /** When it was first to be sent. */
  created_at: string;
  /** When it was delivered or given up; null while it waits. */
  ended_at: string | null;
};

/** The delivery */
export type WebhookDeliveryResponse = {
  success: boolean;
  webhook_delivery: WebhookDelivery;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type WebhookEventListResponse = {
  success: boolean;
  webhook_events: WebhookEvent[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type WebhookEvent = {
  /** Id of the webhook event: whoever gets it twice tells it by this. */
  id: string;
  /** What has happened. */
  type: "customer.erased" | "balance.low" | "balance.recovered" | "top_up.created" | "top_up.paid" | "top_up.failed" | "top_up_rule.off" | "invoice.overdue" | "invoice.paid" | "invoice.uncollectible" | "invoice.voided" | "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed" | "refund.succeeded" | "refund.failed";
  /** To which customer. */
  customer_id: string;
  /** What it happened to, as it was at that moment, in the form in which the API shows it. */
  data: { [key: string]: unknown };
  /** When it happened. */
  created_at: string;
};

/** The webhook event */
export type WebhookEventResponse = {
  success: boolean;
  webhook_event: WebhookEvent;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The figures */
export type OverviewResponse = {
  success: boolean;
  overview: Overview;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Overview = {
  /** When it was counted. */
  as_of: string;
  /** Since when `invoiced` counts: the begin of the month, UTC. */
  month_start: string;
  customer_count: number;
  subscription_counts: {
    active: number;
    trialing: number;
    past_due: number;
    pending: number;
  };
  /** The fees of active and overdue subscriptions brought to a month, without usage, pauses, trials, discounts and taxes. */
  monthly_recurring_revenue: {
    currency_code: string;
    amount_cents: number;
  }[];
  /** What invoices finalized this month come to. */
  invoiced: {
    currency_code: string;
    /** In minor units. */
    amount_cents: number;
    /** Of how many invoices. */
    count: number;
  }[];
  /** What is due of open invoices. */
  outstanding: {
    currency_code: string;
    /** In minor units. */
    amount_cents: number;
    /** Of how many invoices. */
    count: number;
  }[];
  /** What of that is past its due date. */
  overdue: {
    currency_code: string;
    /** In minor units. */
    amount_cents: number;
    /** Of how many invoices. */
    count: number;
  }[];
  rejected_event_count: number;
  /** Wallets below zero. */
  wallets_in_debt_count: number;
};

/** The company */
export type CompanyResponse = {
  success: boolean;
  company: Company;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Company = {
  name: string;
  /** ISO 4217, lower case: that of invoices whose customer has none of their own. */
  currency_code: string;
  /** What the numbers of invoices begin with, each mode's its own. They go on counting without a gap; those given already stay as they are. */
  invoice_prefix: string;
  /** What the numbers of credit notes begin with, each mode's its own. They go on counting without a gap; those given already stay as they are. */
  credit_note_prefix: string;
  /** Hours after a period's end in which late usage still lands on its draft invoice, for plans that say nothing else. */
  invoice_grace_hours: number;
  /** For plans that say nothing else. `automatic`: drafts are finalized as that time ends. `manual`: they wait for you. */
  invoice_finalization: "automatic" | "manual";
  /** How many days before an invoice is due its customer is reminded by mail; 0 is never. */
  invoice_reminder_days: number;
  /** Whether mails to your customers are sent in this mode. `off` keeps them to be looked at; test mode starts so. */
  mails: "on" | "off";
  /** IANA timezone in which the dashboard shows instants and reads the dates that people type. Nothing is billed by it: billing periods and what customers see follow the customer's own. */
  timezone: string;
  /** Your address as invoices show it, several lines. */
  address: string | null;
  /** Your tax id as invoices show it. */
  tax_id: string | null;
  /** Where customers ask about invoices. */
  email: string | null;
  /** A text below every invoice, for instance how to transfer money to you. */
  invoice_footer: string | null;
  /** Whether invoices show a logo. */
  has_logo: boolean;
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

export type AuditLogResponse = {
  success: boolean;
  audit_entries: AuditEntry[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type AuditEntry = {
  /** Id of the entry. */
  id: string;
  /** Who did it. `system` is Afternoon by itself: a job, or a page on which a customer has done something. */
  actor: {
    type: "member" | "api_key" | "system";
    /** Id of the member or of the key; null for the system. */
    id: string | null;
    /** The member's email or the key's name, as it was then. */
    name: string | null;
  };
  /** The id of the operation in the reference; for the system, what happened, as webhook events name it. */
  operation: string;
  /** What was changed. */
  resource: {
    type: string;
    /** Its id or code. */
    id: string | null;
  };
  /** What it was: of a change the fields that differ, of a deletion all of them. Null for what was made, and where it is not known. */
  before: { [key: string]: unknown } | null;
  /** What it became: of a change the fields that differ. Null for what was deleted. */
  after: { [key: string]: unknown } | null;
  /** Id of the request that did it. */
  request_id: string | null;
  /** When it was done. */
  created_at: string;
};

export type RequestLogResponse = {
  success: boolean;
  requests: LoggedRequest[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type LoggedRequest = {
  /** Id of the entry. */
  id: string;
  method: string;
  /** What was asked for, without the query. */
  path: string;
  /** The id of the operation in the reference. */
  operation: string;
  /** The status of the answer. */
  status: number;
  /** The code of the refusal; null if it was none. */
  error_code: string | null;
  /** The id that the answer has in `X-Request-Id`. */
  request_id: string;
  /** The key that asked. */
  api_key_id: string;
  /** Milliseconds until the answer had left. */
  duration_ms: number;
  /** When it was answered. */
  created_at: string;
};

/** The session */
export type DashboardSessionResponse = {
  success: boolean;
  session: DashboardSession;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type DashboardSession = {
  /** Id of the session. */
  id: string;
  /** Who is signed in. */
  member: {
    /** Id of the member. */
    id: string;
    email: string;
    name: string;
    /** Whether signing in asks for a code beside the password. */
    has_second_factor: boolean;
  };
  /** The companies that they are a member of. */
  companies: {
    /** Id of the company, for the header `Afternoon-Company`. */
    id: string;
    name: string;
    /** What the member may do in the company. */
    role: "owner" | "admin" | "finance" | "developer" | "viewer";
    /** ISO 4217, lower case. */
    currency_code: string;
  }[];
};

/** If there is such a member, a mail is on its way */
export type PasswordResetRequestedResponse = {
  success: boolean;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The password is changed */
export type PasswordResetResponse = {
  success: boolean;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The session has ended */
export type SignedOutResponse = {
  success: boolean;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The secret */
export type SecondFactorStartedResponse = {
  success: boolean;
  /** The secret in base32, to be typed. Shown only here. */
  secret: string;
  /** The same for a QR code. Shown only here. */
  otpauth_url: string;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The second factor is on */
export type SecondFactorResponse = {
  success: boolean;
  /** Each stands in for a code of your app, once. Shown only here: only their hashes are stored. */
  recovery_codes: string[];
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The codes */
export type RecoveryCodesResponse = {
  success: boolean;
  /** Each stands in for a code of your app, once. Shown only here: only their hashes are stored. */
  recovery_codes: string[];
  /** Id of this request, for tracing. */
  request_id: string;
};

export type MemberListResponse = {
  success: boolean;
  members: Member[];
  pagination: Pagination;
  /** Id of this request, for tracing. */
  request_id: string;
};

export type Member = {
  /** Id of the member, or of the invitation. */
  id: string;
  email: string;
  /** Null while they are only invited. */
  name: string | null;
  /** What the member may do in the company. */
  role: "owner" | "admin" | "finance" | "developer" | "viewer";
  /** `invited` until the invitation is accepted. */
  status: "active" | "invited";
  /** Whether signing in asks them for a code beside the password. */
  has_second_factor: boolean;
  /** When they became a member, or were invited. */
  created_at: string;
  /** Until when the invitation can be accepted; null for a member. */
  invitation_expires_at: string | null;
};

/** The invitation */
export type InvitationResponse = {
  success: boolean;
  member: Member;
  /** The link, for you to pass on. Shown only here. */
  invitation_url: string;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The member */
export type MemberResponse = {
  success: boolean;
  member: Member;
  /** Id of this request, for tracing. */
  request_id: string;
};

/** The member is removed */
export type MemberDeletedResponse = {
  success: boolean;
  /** Id of the member. */
  id: string;
  deleted: true;
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

export type ListEventsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only this customer's. */
  customer_id?: string;
  /** Only events of this name. */
  event_name?: string;
  /** Only events with this field of their properties, as `model=gpt-4`; a number as it was sent, `true` or `false`. */
  property?: string;
  /** Only events whose timestamp is this or later. */
  from?: string;
  /** Only events whose timestamp is before this. */
  to?: string;
  /**
   * By when they were recorded: the newest first, or the oldest.
   * @default "newest"
   */
  order?: "newest" | "oldest";
};

export type GetCustomerUsageQuery = {
  /** The meter to read; an archived one too. */
  meter_code: string;
  /** The first instant, or the first day in the customer's time zone. Left out: the first of the calendar month in which the range ends. */
  from?: string;
  /** The instant at which the range ends, or the day before which it ends: it is not in it. At most 400 days after `from`. Left out: now. */
  to?: string;
  /** Instead of `from`: the range is so many days in the customer's time zone, 1 to 400, of which the one in which it ends is the last. */
  days?: string;
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
  /** Ids of customers, with commas between them, at most 100. One that there is not is left out. */
  ids?: string;
  /** `true`: only those who have a wallet below zero. */
  in_debt?: boolean;
  /** What a customer's name, first or last name, e-mail, `external_id` or id contains: for each of its words (letters and digits), one that begins with it. Upper case and accents do not matter, nor does what stands between words. */
  search?: string;
};

export type SearchCustomersQuery = {
  name?: string;
  first_name?: string;
  last_name?: string;
  external_id?: string;
};

export type ListBalancesQuery = {
  /** The instant to tell the balances of; left out: now. Of the past, from the ledger. Of the future, at most 10 years ahead, if nothing is used: with the grants that start and expire until then, and those that plans give. */
  as_of?: string;
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

export type ListBalanceAlertsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListTopUpRulesQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListTopUpsQuery = {
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

export type ListHoldsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only those in this status. */
  status?: "open" | "captured" | "released" | "expired";
};

export type ListCouponsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListDiscountsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListTaxRatesQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListInvoicesQuery = {
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
  status?: "draft" | "open" | "paid" | "void" | "uncollectible";
  /** `true`: only open ones that are past their due date. */
  overdue?: boolean;
};

export type ListCreditNotesQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only this customer's. */
  customer_id?: string;
  /** Only those of this invoice. */
  invoice_id?: string;
};

export type ListLineItemEventsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListPaymentsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only this customer's. */
  customer_id?: string;
  /** Only those of this invoice. */
  invoice_id?: string;
  /** Only those in this status. */
  status?: "processing" | "requires_action" | "succeeded" | "failed" | "canceled";
};

export type ListTestClocksQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
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

export type ListPricingUnitConversionsQuery = {
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

export type ListMailsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only those to this customer. */
  customer_id?: string;
  /** Only those. */
  status?: "kept" | "waiting" | "sent" | "failed";
};

export type ListWebhookEndpointsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};

export type ListWebhookDeliveriesQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only those. */
  status?: "waiting" | "delivered" | "failed";
};

export type ListWebhookEventsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only what happened to this customer. */
  customer_id?: string;
  /** Only this. */
  type?: "customer.erased" | "balance.low" | "balance.recovered" | "top_up.created" | "top_up.paid" | "top_up.failed" | "top_up_rule.off" | "invoice.overdue" | "invoice.paid" | "invoice.uncollectible" | "invoice.voided" | "payment.succeeded" | "payment.failed" | "payment.requires_action" | "payment.disputed" | "refund.succeeded" | "refund.failed";
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

export type ListAuditEntriesQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** Only what this member or API key did. */
  actor_id?: string;
  /** Only changes of this kind of thing, like `customer`. */
  resource_type?: string;
  /** Only changes of the thing with this id or code. */
  resource_id?: string;
  /** Only this operation, by its id in the reference, like `update-customer`. */
  operation?: string;
  /** Only from this instant on. */
  from?: string;
  /** Only before this instant. */
  to?: string;
};

export type ListRequestsQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
  /** `failure`: only what was answered with 400 or above. */
  outcome?: "success" | "failure";
  /** Only this operation, by its id in the reference. */
  operation?: string;
  /** Only requests with this key. */
  api_key_id?: string;
  /** Only the request with this id. */
  request_id?: string;
};

export type ListMembersQuery = {
  /**
   * How many to return, 1 to 100.
   * @default "50"
   */
  limit?: string;
  /** `next_cursor` of the page before; leave it out for the first page. */
  cursor?: string;
};
