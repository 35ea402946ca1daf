const tiers = [
  { up_to: "1000", unit_amount: "0.01" },
  { up_to: null, unit_amount: "0.005" },
];

/** What each model begins with, to be filled in. */
export const templates: Record<string, object> = {
  per_unit: { unit_amount: "0.01" },
  graduated: { tiers },
  volume: { tiers },
  package: { package_size: "100", package_amount: "1" },
  percentage: { rate_percent: "2.9", fixed_amount: "0.3" },
  graduated_percentage: {
    tiers: [
      { up_to: "1000", rate_percent: "2" },
      { up_to: null, rate_percent: "1" },
    ],
  },
  matrix: {
    dimensions: ["model"],
    rows: [{ values: ["large"], unit_amount: "0.03" }],
    default_unit_amount: "0.01",
  },
  dynamic: { amount_property: "price" },
  flat_per_event: { amount: "0.1" },
};
