import type { CreateMeterRequest, CreatePlanRequest, CreatePricingUnitRequest } from "../../sdk/src/index.ts";

export const proModel = "atlas-pro";
export const models = ["atlas-mini", "atlas-mini", "atlas-mini", "atlas-base", "atlas-base", proModel] as const;
export const imageModels = ["canvas-1", "canvas-1-hd"] as const;
export const gpus = ["a100", "a100", "h100"] as const;

export const pricingUnit: CreatePricingUnitRequest & { code: string } = {
  code: "token",
  name: "Token",
  description: "What prepaid customers buy in packs: the price of one input token.",
};

/** Output of the large model is a meter of its own because it has a price of its own. */
export const meters: CreateMeterRequest[] = [
  {
    code: "input_tokens",
    name: "Input tokens",
    event_name: "llm.completion",
    aggregation: { type: "sum", property: "input_tokens" },
  },
  {
    code: "output_tokens",
    name: "Output tokens",
    event_name: "llm.completion",
    aggregation: { type: "sum", property: "output_tokens" },
    filters: [{ property: "model", operator: "not_equals", value: proModel }],
  },
  {
    code: "pro_output_tokens",
    name: "Output tokens, large model",
    event_name: "llm.completion",
    aggregation: { type: "sum", property: "output_tokens" },
    filters: [{ property: "model", operator: "equals", value: proModel }],
  },
  {
    code: "image_generations",
    name: "Image generations",
    event_name: "image.generated",
    aggregation: { type: "count" },
  },
  ...(["a100", "h100"] as const).map((gpu): CreateMeterRequest => ({
    code: `gpu_seconds_${gpu}`,
    name: `GPU seconds, ${gpu.toUpperCase()}`,
    event_name: "gpu.job",
    aggregation: { type: "sum", property: "gpu_seconds" },
    filters: [{ property: "gpu", operator: "equals", value: gpu }],
  })),
];

type Price = { meter: string; token: string; usd: string };

const prices: Price[] = [
  { meter: "input_tokens", token: "1", usd: "0.000003" },
  { meter: "output_tokens", token: "4", usd: "0.000012" },
  { meter: "pro_output_tokens", token: "12", usd: "0.00006" },
  { meter: "image_generations", token: "2000", usd: "0.04" },
  { meter: "gpu_seconds_a100", token: "100", usd: "0.0007" },
  { meter: "gpu_seconds_h100", token: "180", usd: "0.00125" },
];

const inTokens = ({ meter, token }: Price) => ({ meter_code: meter, pricing_unit_code: "token", unit_amount: token });
const inUsd = ({ meter, usd }: Price) => ({ meter_code: meter, currency_code: "usd", unit_amount: usd });
const isText = ({ meter }: Price) => meter.endsWith("_tokens");

export type DemoPlanCode = "prepaid_tokens" | "pay_as_you_go" | "team";

export const plans: (CreatePlanRequest & { code: DemoPlanCode })[] = [
  {
    code: "prepaid_tokens",
    name: "Prepaid tokens",
    description: "Tokens are bought in packs; without enough of them usage is refused.",
    usage_prices: prices.map(inTokens),
    overdraft: [{ pricing_unit_code: "token", policy: "block" }],
  },
  {
    code: "pay_as_you_go",
    name: "Pay as you go",
    description: "Usage is drawn from credit first, and what goes below zero is owed.",
    usage_prices: prices.map(inUsd),
    overdraft: [{ currency_code: "usd", policy: "allow" }],
  },
  {
    code: "team",
    name: "Team",
    description:
      "A monthly fee; text draws tokens and is refused without them, images and GPU time are charged in usd.",
    usage_prices: [...prices.filter(isText).map(inTokens), ...prices.filter((price) => !isText(price)).map(inUsd)],
    fixed_fees: [{ code: "seats", name: "Team, per month", amount: "99", currency_code: "usd" }],
    overdraft: [
      { pricing_unit_code: "token", policy: "block" },
      { currency_code: "usd", policy: "allow" },
    ],
  },
];
