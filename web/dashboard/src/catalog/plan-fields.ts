/** What the form of a plan asks for, list by list and model by model, as the API names it. A test holds it against `openapi.json`. */

type Options = readonly (readonly [value: string, label: string])[];

type Named = { name: string; label: string; hint?: string; /** Has a line for itself. */ isWide?: true };

export type Spec = Named &
  (
    | { kind: "text" | "decimal" | "whole" | "names"; isRequired?: true; ifEmpty?: string }
    /** The first option is what holds where nothing is said. */
    | { kind: "choice"; options: Options }
    /** How many intervals, and in the field with the name `unit` of which: two months. */
    | { kind: "intervals"; unit: string }
    /** The same as an object; where there is none, it recurs with the billing period. */
    | { kind: "recurrence" }
    /** An object told apart by one of its fields; where that says `absent`, there is none. */
    | { kind: "part"; by: string; absent: string; options: Options; initial: object; fields: readonly PartSpec[] }
    | { kind: "tiers"; amount: "unit_amount" | "rate_percent" }
    | { kind: "matrix" }
    | { kind: "meter" }
    | { kind: "model" }
    | { kind: "denomination" }
  );

type PartSpec = Spec & { /** Asked for only with this choice. */ when?: string };

export const intervals = ["week", "month", "quarter", "year"] as const;

const denomination: Spec = { name: "currency_code", label: "Currency", kind: "denomination" };

const per: Spec = {
  name: "per",
  label: "Per",
  kind: "choice",
  options: [
    ["subscription", "subscription"],
    ["seat", "seat"],
  ],
};

const named = (of: string): Spec[] => [
  { name: "name", label: "Name", kind: "text", hint: "As invoices say it." },
  { name: "code", label: "Code", kind: "text", isRequired: true, hint: `Unique among the ${of}.` },
];

export const planSpecs: readonly Spec[] = [
  { name: "name", label: "Name", kind: "text", isWide: true },
  { name: "description", label: "Description", kind: "text", isWide: true },
  { name: "billing_interval_count", label: "Bill every", kind: "intervals", unit: "billing_interval" },
  { name: "usage_every", label: "Bill usage every", kind: "recurrence" },
  { name: "trial_days", label: "Trial days", kind: "whole", ifEmpty: "0", hint: "No fees during the trial." },
  {
    name: "invoice_grace_hours",
    label: "Late-usage window (hours)",
    kind: "whole",
    ifEmpty: "Company default",
    hint: "How long after a period's end late events still reach its draft invoice.",
  },
  {
    name: "invoice_finalization",
    label: "Drafts are finalized",
    kind: "choice",
    options: [
      ["", "Company default"],
      ["automatic", "Automatically"],
      ["manual", "Manually"],
    ],
  },
];

export const priceSpecs: readonly Spec[] = [
  { name: "meter_code", label: "Meter", kind: "meter" },
  { name: "model", label: "Model", kind: "model" },
  {
    name: "code",
    label: "Code",
    kind: "text",
    ifEmpty: "Same as the meter",
    hint: "Usage is counted by it: keep it from version to version.",
  },
  denomination,
];

export const modifierSpecs: readonly Spec[] = [
  { name: "included_units", label: "Included units", kind: "decimal", ifEmpty: "0", hint: "Free in each period." },
  { name: "minimum_amount", label: "Minimum", kind: "decimal", ifEmpty: "none", hint: "The least a period costs." },
  { name: "maximum_amount", label: "Maximum", kind: "decimal", ifEmpty: "none", hint: "The most a period costs." },
  {
    name: "group_by",
    label: "Counted apart by",
    kind: "names",
    isWide: true,
    hint: "Properties of events, with commas between. Each value has tiers and included units of its own.",
  },
  {
    name: "rounding",
    label: "Quantities are rounded",
    kind: "part",
    by: "mode",
    absent: "",
    options: [
      ["", "not at all"],
      ["ceil", "up"],
      ["floor", "down"],
      ["round", "to the nearest"],
    ],
    initial: { step: "1", per: "event" },
    fields: [
      { name: "step", label: "To steps of", kind: "decimal", isRequired: true },
      {
        name: "per",
        label: "Rounded is",
        kind: "choice",
        options: [
          ["event", "every event"],
          ["period", "the period's sum"],
        ],
      },
    ],
  },
  {
    name: "late_usage",
    label: "Usage of an invoiced period",
    kind: "choice",
    options: [
      ["current_period", "counts in the current one"],
      ["reject", "is refused"],
    ],
  },
];

const free = { kind: "decimal", ifEmpty: "0" } as const;

export const modelSpecs: Record<string, { title: string; says: string; specs: readonly Spec[] }> = {
  per_unit: {
    title: "Per unit",
    says: "Every unit costs the same.",
    specs: [{ name: "unit_amount", label: "One unit costs", kind: "decimal", isRequired: true, isWide: true }],
  },
  graduated: {
    title: "Graduated",
    says: "Every unit costs what its own tier says. A flat fee is added once its tier is reached.",
    specs: [{ name: "tiers", label: "Tiers", kind: "tiers", amount: "unit_amount" }],
  },
  volume: {
    title: "Volume",
    says: "All units cost what the tier of the last one says, and its flat fee is added.",
    specs: [{ name: "tiers", label: "Tiers", kind: "tiers", amount: "unit_amount" }],
  },
  package: {
    title: "Package",
    says: "Whole packages, started ones as well.",
    specs: [
      { name: "package_size", label: "Units in a package", kind: "decimal", isRequired: true },
      { name: "package_amount", label: "One package costs", kind: "decimal", isRequired: true },
      { name: "free_units", label: "Free units", hint: "Before the first package.", ...free },
    ],
  },
  percentage: {
    title: "Percentage",
    says: "A part of the quantity, which is an amount of money, and an amount for each event.",
    specs: [
      { name: "rate_percent", label: "Percent", kind: "decimal", isRequired: true },
      { name: "fixed_amount", label: "And for each event", ...free },
      { name: "free_amount", label: "Free of the rate", hint: "Of each period's quantity.", ...free },
      { name: "minimum_per_event", label: "An event costs at least", kind: "decimal", ifEmpty: "no minimum" },
      { name: "maximum_per_event", label: "An event costs at most", kind: "decimal", ifEmpty: "no maximum" },
    ],
  },
  graduated_percentage: {
    title: "Graduated percentage",
    says: "Every part of the quantity, which is an amount of money, has the rate of its own tier. A flat fee is added once its tier is reached.",
    specs: [{ name: "tiers", label: "Tiers", kind: "tiers", amount: "rate_percent" }],
  },
  matrix: {
    title: "Matrix",
    says: "A price for each combination of properties' values.",
    specs: [
      { name: "dimensions", label: "Properties", kind: "names", isWide: true, hint: "At most 5, with commas between." },
      { name: "rows", label: "Prices", kind: "matrix" },
      {
        name: "default_unit_amount",
        label: "Default price",
        kind: "decimal",
        isWide: true,
        ifEmpty: "none",
        hint: "For what no row prices. Without one, such usage is not priced.",
      },
    ],
  },
  dynamic: {
    title: "Dynamic",
    says: "The event itself says what it costs.",
    specs: [{ name: "amount_property", label: "Property with the amount", kind: "text", isRequired: true }],
  },
  flat_per_event: {
    title: "Flat per event",
    says: "Every event costs the same, whatever its quantity.",
    specs: [{ name: "amount", label: "One event costs", kind: "decimal", isRequired: true, isWide: true }],
  },
};

export type ListSpec = {
  name: string;
  title: string;
  one: string;
  empty: string;
  specs: readonly Spec[];
  initial: (currencyCode: string) => object;
};

/** The lists beside the prices. */
export const listSpecs: readonly ListSpec[] = [
  {
    name: "fixed_fees",
    title: "Fees",
    one: "fee",
    empty: "No fees. A fee is owed whether or not anything is used: for a seat, a period, or once.",
    initial: (currency_code) => ({ code: "base", amount: "10", currency_code }),
    specs: [
      ...named("fees"),
      { name: "amount", label: "Amount", kind: "decimal", isRequired: true },
      denomination,
      per,
      {
        name: "billing",
        label: "Billed",
        kind: "choice",
        options: [
          ["in_advance", "as a period begins"],
          ["in_arrears", "as it ends"],
        ],
      },
      {
        name: "recurrence",
        label: "Charged",
        kind: "choice",
        options: [
          ["every_period", "every period"],
          ["once", "once"],
        ],
      },
      { name: "every", label: "Period", kind: "recurrence" },
    ],
  },
  {
    name: "minimum_commitments",
    title: "Minimum commitments",
    one: "minimum",
    empty: "No minimum. If a period falls short, the difference is invoiced.",
    initial: (currency_code) => ({ code: "minimum", amount: "100", currency_code }),
    specs: [
      ...named("minimum commitments"),
      { name: "amount", label: "Amount", kind: "decimal", isRequired: true },
      denomination,
      {
        name: "counts",
        label: "What counts",
        kind: "choice",
        options: [
          ["usage", "usage"],
          ["usage_and_fees", "usage and fees"],
        ],
      },
    ],
  },
  {
    name: "recurring_grants",
    title: "Credits each period",
    one: "grant",
    empty: "No credits. A grant gives credits as each period begins, which pay for its usage.",
    initial: (currency_code) => ({ code: "credits", amount: "10", currency_code }),
    specs: [
      ...named("grants"),
      { name: "amount", label: "Amount", kind: "decimal", isRequired: true },
      denomination,
      per,
      {
        name: "kind",
        label: "Kind",
        kind: "choice",
        options: [
          ["promotional", "promotional"],
          ["paid", "paid"],
        ],
      },
      { name: "priority", label: "Priority", kind: "whole", ifEmpty: "0", hint: "The lower is drawn first." },
      {
        name: "rollover",
        label: "What is left of them",
        kind: "part",
        by: "type",
        absent: "none",
        options: [
          ["none", "expires"],
          ["all", "stays"],
          ["capped", "stays up to a cap"],
        ],
        initial: {},
        fields: [{ name: "cap", label: "Cap", kind: "decimal", isRequired: true, when: "capped" }],
      },
    ],
  },
  {
    name: "overdraft",
    title: "Overdraft",
    one: "rule",
    empty: "No rules: usage may take every wallet below zero.",
    initial: (currency_code) => ({ currency_code, policy: "block" }),
    specs: [
      denomination,
      {
        name: "policy",
        label: "Usage beyond the balance",
        kind: "choice",
        options: [
          ["allow", "is allowed"],
          ["block", "is refused"],
        ],
      },
    ],
  },
];
