const tiers = [
  { up_to: "1000", unit_amount: "0.01" },
  { up_to: null, unit_amount: "0.005" },
];
const usd = { currency_code: "usd" };

/** A price of every model, to be filled in. */
export const templates: [title: string, fields: object][] = [
  ["Per unit", { model: "per_unit", unit_amount: "0.01", ...usd }],
  ["Graduated", { model: "graduated", tiers, ...usd }],
  ["Volume", { model: "volume", tiers, ...usd }],
  ["Package", { model: "package", package_size: "100", package_amount: "1", ...usd }],
  ["Percentage", { model: "percentage", rate_percent: "2.9", fixed_amount: "0.3", ...usd }],
  [
    "Graduated percentage",
    {
      model: "graduated_percentage",
      tiers: [
        { up_to: "1000", rate_percent: "2" },
        { up_to: null, rate_percent: "1" },
      ],
      ...usd,
    },
  ],
  [
    "Matrix",
    {
      model: "matrix",
      dimensions: ["model"],
      rows: [{ values: ["large"], unit_amount: "0.03" }],
      default_unit_amount: "0.01",
      ...usd,
    },
  ],
  ["Dynamic", { model: "dynamic", amount_property: "price", ...usd }],
  ["Flat per event", { model: "flat_per_event", amount: "0.1", ...usd }],
];
