/**
 * Worked examples of every model, after public pricing documentation of the field. They are data: `examples.test.ts` computes
 * them to the last digit, and the catalog's reference page is made from them.
 */
import type { Conversion } from "../conversion.ts";
import { decimal, zero, type Decimal } from "../decimal.ts";
import { noModifiers, type PriceModifiers, type PricingModel, type Tier } from "../plan.ts";
import type { Properties } from "../property.ts";

export type PricingExample = {
  title: string;
  source: ExampleSource;
  price: PriceModifiers & PricingModel;
  periods: ExamplePeriod[];
};

/** "amounts": the source states the amounts as well. "prices": it states the prices, and the amounts are worked out here. */
export type ExampleSource = { name: string; url: string; states: "amounts" | "prices" };

/** The events of one period in their order, each with what it costs, and what the period costs in all. */
export type ExamplePeriod = {
  events: { units: string; cost: string; properties?: Properties }[];
  charge: string;
  /** What is missing to the price's minimum at the period's end. */
  trueUp?: string;
};

/** What units are worth in a currency at a date. */
export type ConversionExample = {
  title: string;
  source: ExampleSource;
  conversions: Conversion[];
  rows: { units: string; at: string; amount: string }[];
};

const lago = (page: string, states: ExampleSource["states"] = "amounts"): ExampleSource => ({
  name: "Lago documentation",
  url: `https://getlago.com/docs/guide/plans/charges/${page}`,
  states,
});
const stripe = (states: ExampleSource["states"]): ExampleSource => ({
  name: "Stripe documentation",
  url: "https://docs.stripe.com/subscriptions/pricing-models/tiered-pricing",
  states,
});
const oracle: ExampleSource = {
  name: "Oracle Banking Liquidity Management documentation",
  url: "https://docs.oracle.com/en/industries/financial-services/banking-liquidity-management/14.8.2.0.0/oblug/examples-tier-based-amount.html",
  states: "amounts",
};
const zuplo: ExampleSource = {
  name: "Zuplo documentation",
  url: "https://zuplo.com/docs/articles/monetization/pricing-models",
  states: "amounts",
};

/** A tier: its end, its unit amount, its flat amount. */
function tier(upTo: string | null, unitAmount: string, flatAmount = "0"): Tier {
  return {
    upTo: upTo === null ? null : decimal(upTo),
    unitAmount: decimal(unitAmount),
    flatAmount: decimal(flatAmount),
  };
}

/** Periods of one event each: what so many units cost in all. */
function table(...rows: [units: string, charge: string][]): ExamplePeriod[] {
  return rows.map(([units, charge]) => ({ events: [{ units, cost: charge }], charge }));
}

/** One period of several events. */
function period(charge: string, ...events: [units: string, cost: string, properties?: Properties][]): ExamplePeriod {
  return {
    events: events.map(([units, cost, properties]) => ({ units, cost, ...(properties && { properties }) })),
    charge,
  };
}

const fonts = [tier("5", "7"), tier("10", "6.5"), tier(null, "6")];
const apiCalls = [tier("1000", "0.10"), tier("10000", "0.05"), tier(null, "0.01")];
const slabs = {
  unit: [tier("250", "1"), tier("500", "2"), tier(null, "3")],
  flat: [tier("250", "0", "10"), tier("500", "0", "20"), tier(null, "0", "30")],
};

function percentage(
  ratePercent: string,
  options: { [field in "fixedAmount" | "freeAmount" | "minimumPerEvent" | "maximumPerEvent"]?: string } = {},
): PricingModel {
  const given = (field: keyof typeof options): Decimal | null =>
    options[field] === undefined ? null : decimal(options[field]);
  return {
    model: "percentage",
    ratePercent: decimal(ratePercent),
    fixedAmount: given("fixedAmount") ?? zero,
    freeAmount: given("freeAmount") ?? zero,
    minimumPerEvent: given("minimumPerEvent"),
    maximumPerEvent: given("maximumPerEvent"),
  };
}

export const pricingExamples: PricingExample[] = [
  {
    title: "Per unit: 0.001 per call",
    source: zuplo,
    price: { ...noModifiers, model: "per_unit", unitAmount: decimal("0.001") },
    periods: [...table(["100000", "100"]), period("100", ["60000", "60"], ["40000", "40"])],
  },
  {
    title: "Graduated: fonts",
    source: stripe("prices"),
    price: { ...noModifiers, model: "graduated", tiers: fonts },
    periods: [
      ...table(["1", "7"], ["5", "35"], ["6", "41.5"], ["20", "127.5"], ["25", "157.5"]),
      period("127.5", ["4", "28"], ["4", "26.5"], ["12", "73"]),
    ],
  },
  {
    title: "Graduated: API calls in three tiers",
    source: zuplo,
    price: { ...noModifiers, model: "graduated", tiers: apiCalls },
    periods: [...table(["15000", "600"]), period("600", ["800", "80"], ["800", "50"], ["13400", "470"])],
  },
  {
    title: "Graduated: requests in three tiers",
    source: {
      name: "Autumn documentation",
      url: "https://docs.useautumn.com/documentation/modelling-pricing/graduated-pricing.md",
      states: "amounts",
    },
    price: {
      ...noModifiers,
      model: "graduated",
      tiers: [tier("1000", "0.01"), tier("10000", "0.008"), tier(null, "0.005")],
    },
    periods: table(["15000", "107"]),
  },
  {
    title: "Graduated: the first tier free",
    source: {
      name: "Google Cloud Billing reference",
      url: "https://cloud.google.com/ruby/docs/reference/google-cloud-billing-v1/0.7.5/Google-Cloud-Billing-V1-PricingExpression",
      states: "prices",
    },
    price: { ...noModifiers, model: "graduated", tiers: [tier("20", "0"), tier("100", "10"), tier(null, "5")] },
    periods: [...table(["20", "0"], ["100", "800"], ["150", "1050"]), period("1050", ["30", "100"], ["120", "950"])],
  },
  {
    title: "Graduated: an amount per unit of each slab",
    source: oracle,
    price: { ...noModifiers, model: "graduated", tiers: slabs.unit },
    periods: table(["1000", "2250"]),
  },
  {
    title: "Graduated: a flat amount for each slab",
    source: oracle,
    price: { ...noModifiers, model: "graduated", tiers: slabs.flat },
    periods: [...table(["1000", "60"]), period("60", ["250", "10"], ["1", "20"], ["749", "30"])],
  },
  {
    title: "Volume: fonts",
    source: stripe("amounts"),
    price: { ...noModifiers, model: "volume", tiers: fonts },
    periods: [
      ...table(["1", "7"], ["5", "35"], ["6", "39"], ["20", "120"], ["25", "150"]),
      // The eleventh font makes the first ten cheaper.
      period("66", ["10", "65"], ["1", "1"]),
    ],
  },
  {
    title: "Volume: API calls in three tiers",
    source: zuplo,
    price: { ...noModifiers, model: "volume", tiers: apiCalls },
    periods: [
      ...table(["15000", "150"]),
      // Reaching the last tier gives back more than the event costs.
      period("150", ["10000", "500"], ["5000", "-350"]),
    ],
  },
  {
    title: "Volume: four tiers with a flat amount",
    source: lago("charge-models/volume"),
    price: {
      ...noModifiers,
      model: "volume",
      tiers: [
        tier("10000", "0.0010", "10"),
        tier("50000", "0.0008", "10"),
        tier("100000", "0.0006", "10"),
        tier(null, "0.0004", "10"),
      ],
    },
    periods: table(["65000", "49"]),
  },
  {
    title: "Volume: one slab for all",
    source: oracle,
    price: { ...noModifiers, model: "volume", tiers: slabs.unit },
    periods: table(["1000", "3000"]),
  },
  {
    title: "Package: 5 per 100 units, the first 100 free",
    source: lago("charge-models/package"),
    price: {
      ...noModifiers,
      model: "package",
      packageSize: decimal("100"),
      packageAmount: decimal("5"),
      freeUnits: decimal("100"),
    },
    periods: [...table(["201", "10"]), period("10", ["100", "0"], ["100", "5"], ["1", "5"])],
  },
  {
    title: "Package: 1.25 per million tokens",
    source: {
      name: "Chargebee documentation",
      url: "https://www.chargebee.com/docs/billing/2.0/product-catalog/package-pricing",
      states: "amounts",
    },
    price: {
      ...noModifiers,
      model: "package",
      packageSize: decimal("1000000"),
      packageAmount: decimal("1.25"),
      freeUnits: zero,
    },
    periods: [
      ...table(["10", "1.25"], ["1000000", "1.25"], ["1500000", "2.5"]),
      period("2.5", ["999990", "1.25"], ["10", "0"], ["500000", "1.25"]),
    ],
  },
  {
    title: "Percentage: 2.9 % and 0.30 for each card payment",
    source: {
      name: "Lago template after Stripe's fees",
      url: "https://getlago.com/docs/templates/per-transaction/stripe",
      states: "prices",
    },
    price: { ...noModifiers, ...percentage("2.9", { fixedAmount: "0.30" }) },
    periods: [...table(["100", "3.2"]), period("6.99", ["100", "3.2"], ["19.99", "0.87971"], ["90.01", "2.91029"])],
  },
  {
    title: "Percentage: 1.2 % and 0.10 for each transfer, the first 500 free of the rate",
    source: lago("charge-models/percentage", "prices"),
    price: { ...noModifiers, ...percentage("1.2", { fixedAmount: "0.10", freeAmount: "500" }) },
    periods: [period("6.4", ["400", "0.1"], ["300", "2.5"], ["300", "3.7"], ["0", "0.1"])],
  },
  {
    title: "Percentage: 1 % for each order, not less than 1 and not more than 100",
    source: {
      name: "Upvest documentation",
      url: "https://docs.upvest.co/products/tol/guides/fees/fees_transaction_fees_designing",
      states: "prices",
    },
    price: { ...noModifiers, ...percentage("1", { minimumPerEvent: "1", maximumPerEvent: "100" }) },
    periods: [period("151", ["50", "1"], ["5000", "50"], ["20000", "100"])],
  },
  {
    title: "Graduated percentage: three tiers with a flat amount",
    source: lago("charge-models/graduated-percentage"),
    price: {
      ...noModifiers,
      model: "graduated_percentage",
      tiers: [
        { upTo: decimal("1000"), ratePercent: decimal("1"), flatAmount: decimal("200") },
        { upTo: decimal("10000"), ratePercent: decimal("2"), flatAmount: decimal("300") },
        { upTo: null, ratePercent: decimal("3"), flatAmount: decimal("400") },
      ],
    },
    periods: [period("591", ["500", "205"], ["550", "306"], ["4000", "80"])],
  },
  {
    title: "Matrix: by region and provider, with a default",
    source: lago("charges-with-filters", "prices"),
    price: {
      ...noModifiers,
      model: "matrix",
      dimensions: ["region", "provider"],
      rows: [{ values: ["africa", "aws"], unitAmount: decimal("1") }],
      defaultUnitAmount: decimal("2"),
    },
    periods: [
      period(
        "11",
        ["3", "3", { region: "africa", provider: "aws" }],
        ["2", "4", { region: "africa", provider: "gcp" }],
        ["2", "4", { region: "europe" }],
      ),
    ],
  },
  {
    title: "Dynamic: the event says what it costs",
    source: lago("charge-models/dynamic"),
    price: { ...noModifiers, model: "dynamic", amountProperty: "amount" },
    periods: [
      period(
        "3.45",
        ["7", "0.7", { amount: "0.70" }],
        ["5", "0.55", { amount: "0.55" }],
        ["10", "2.2", { amount: "2.20" }],
      ),
    ],
  },
  {
    title: "Flat per event: 0.50 for every cluster started, whatever its size",
    source: {
      name: "Replicated documentation",
      url: "https://github.com/replicatedhq/replicated-docs/pull/2914.diff",
      states: "prices",
    },
    price: { ...noModifiers, model: "flat_per_event", amount: decimal("0.50") },
    periods: [period("1.5", ["1", "0.5"], ["12", "0.5"], ["3", "0.5"])],
  },
  {
    title: "Included units: the first 500 are free",
    source: {
      name: "OpenMeter documentation",
      url: "https://openmeter.io/docs/billing/invoicing/discounts",
      states: "prices",
    },
    price: { ...noModifiers, includedUnits: decimal("500"), model: "per_unit", unitAmount: decimal("1") },
    periods: [period("150", ["300", "0"], ["250", "50"], ["100", "100"])],
  },
  {
    title: "Rounding: calls of 0.05 a minute, in steps of 6 seconds",
    source: {
      name: "MagnusBilling wiki",
      url: "https://github.com/magnussolution/magnusbilling/wiki/EN--price_calculation",
      states: "amounts",
    },
    price: {
      ...noModifiers,
      rounding: { mode: "ceil", step: decimal("0.1"), per: "event" },
      model: "per_unit",
      unitAmount: decimal("0.05"),
    },
    // 45 seconds are 0.75 minutes, and count as 48 seconds: 0.8 minutes.
    periods: table(["0.75", "0.04"]),
  },
  {
    title: "Minimum: 0.010 per tracked user, 100 at least",
    source: lago("spending-minimum"),
    price: { ...noModifiers, minimum: decimal("100"), model: "per_unit", unitAmount: decimal("0.010") },
    periods: [
      { ...period("50", ["5000", "50"]), trueUp: "50" },
      { ...period("120", ["12000", "120"]), trueUp: "0" },
    ],
  },
  {
    title: "Minimum: a commitment of 1,000",
    source: {
      name: "Lago documentation",
      url: "https://getlago.com/docs/guide/lago-cloud/contract-billing.md",
      states: "amounts",
    },
    price: { ...noModifiers, minimum: decimal("1000"), model: "per_unit", unitAmount: decimal("1") },
    periods: [
      { ...period("800", ["800", "800"]), trueUp: "200" },
      { ...period("1300", ["1300", "1300"]), trueUp: "0" },
    ],
  },
];

export const conversionExamples: ConversionExample[] = [
  {
    title: "A credit is worth 0.10",
    source: {
      name: "Flexprice documentation",
      url: "https://docs.flexprice.io/docs/product-catalogue/custom-pricing/custom-currency",
      states: "amounts",
    },
    conversions: [worth("0.10", "2026-01-01T00:00:00Z")],
    rows: [{ units: "150", at: "2026-02-01T00:00:00Z", amount: "15" }],
  },
  {
    title: "A credit is worth 0.01, and from March on 0.012",
    source: {
      name: "Flexprice documentation, with a second rate of our own",
      url: "https://docs.flexprice.io/docs/wallet/conversion-rate.md",
      states: "amounts",
    },
    conversions: [worth("0.01", "2026-01-01T00:00:00Z"), worth("0.012", "2026-03-01T00:00:00Z")],
    rows: [
      { units: "100", at: "2026-01-01T00:00:00Z", amount: "1" },
      { units: "1000", at: "2026-02-28T23:59:59Z", amount: "10" },
      { units: "1000", at: "2026-03-01T00:00:00Z", amount: "12" },
    ],
  },
];

function worth(amountPerUnit: string, from: string): Conversion {
  return {
    pricingUnitCode: "credit",
    currencyCode: "usd",
    amountPerUnit: decimal(amountPerUnit),
    effectiveFrom: Date.parse(from),
  };
}
