import type { CreateCreditGrantRequest } from "../../sdk/src/index.ts";
import type { DemoPlanCode } from "./catalog.ts";

/** A grant as the demo describes it: the days until it expires instead of a date, and always a kind. */
export type DemoGrant = Pick<CreateCreditGrantRequest, "name" | "pricing_unit_code" | "currency_code"> & {
  amount: string;
  kind: "promotional" | "paid";
  expiresInDays: number | null;
};

/** What kind of product a customer builds decides what they use. */
export type Workload = "assistant" | "studio" | "research";

export type DemoCustomer = {
  name: string;
  externalId: string;
  timezone: string;
  country: string;
  plan: DemoPlanCode;
  workload: Workload;
  /** How much of the traffic is theirs, compared with the others. */
  weight: number;
  grants: DemoGrant[];
};

const tokens = { pricing_unit_code: "token" };
const usd = { currency_code: "usd" };

const pack = (amount: string): DemoGrant => ({
  name: "Token pack",
  amount,
  ...tokens,
  kind: "paid",
  expiresInDays: null,
});
const welcome = (amount: string): DemoGrant => ({
  name: "Welcome tokens",
  amount,
  ...tokens,
  kind: "promotional",
  expiresInDays: 30,
});
const included = (amount: string): DemoGrant => ({
  name: "Included tokens",
  amount,
  ...tokens,
  kind: "promotional",
  expiresInDays: 31,
});
const prepayment = (amount: string): DemoGrant => ({
  name: "Prepayment",
  amount,
  ...usd,
  kind: "paid",
  expiresInDays: null,
});
const launch = (amount: string): DemoGrant => ({
  name: "Launch credit",
  amount,
  ...usd,
  kind: "promotional",
  expiresInDays: 90,
});

type Place = [timezone: string, country: string];

function customer(
  name: string,
  [timezone, country]: Place,
  plan: DemoPlanCode,
  workload: Workload,
  weight: number,
  ...grants: DemoGrant[]
): DemoCustomer {
  const externalId = `cus_${name.toLowerCase().replaceAll(/[^a-z]+/g, "_")}`;
  return { name, externalId, timezone, country, plan, workload, weight, grants };
}

const berlin: Place = ["Europe/Berlin", "DE"];
const london: Place = ["Europe/London", "GB"];
const newYork: Place = ["America/New_York", "US"];
const sanFrancisco: Place = ["America/Los_Angeles", "US"];
const saoPaulo: Place = ["America/Sao_Paulo", "BR"];
const bengaluru: Place = ["Asia/Kolkata", "IN"];
const singapore: Place = ["Asia/Singapore", "SG"];
const tokyo: Place = ["Asia/Tokyo", "JP"];
const sydney: Place = ["Australia/Sydney", "AU"];
const nairobi: Place = ["Africa/Nairobi", "KE"];

/** A few make most of the traffic, and the small packs among the prepaid run dry while one watches. */
export const customers: DemoCustomer[] = [
  customer("Kestrel Robotics", sanFrancisco, "prepaid_tokens", "assistant", 100, welcome("100000"), pack("1000000")),
  customer("Brightwater Analytics", newYork, "pay_as_you_go", "assistant", 80, launch("2"), prepayment("5")),
  customer("Lindenhof Studios", berlin, "team", "studio", 55, included("250000"), pack("250000"), prepayment("10")),
  customer("Papaya Support", bengaluru, "prepaid_tokens", "assistant", 45, pack("150000")),
  customer("Quillfeather Press", london, "pay_as_you_go", "assistant", 40, launch("1")),
  customer("Ostara Genomics", berlin, "team", "research", 32, included("250000"), pack("100000"), prepayment("5")),
  customer("Marigold Legal", newYork, "prepaid_tokens", "assistant", 28, welcome("50000"), pack("250000")),
  customer("Halcyon Games", tokyo, "pay_as_you_go", "studio", 26, prepayment("5")),
  customer("Tidepool Labs", sydney, "prepaid_tokens", "research", 22, pack("80000")),
  customer("Cardamom Kitchen", singapore, "prepaid_tokens", "assistant", 20, welcome("25000"), pack("60000")),
  customer("Ironbark Mining", sydney, "pay_as_you_go", "research", 18, prepayment("2")),
  customer("Sable and Finch", london, "team", "studio", 16, included("250000"), pack("100000")),
  customer("Juniper Tutoring", nairobi, "prepaid_tokens", "assistant", 14, welcome("30000")),
  customer("Vantage Freight", saoPaulo, "pay_as_you_go", "assistant", 12),
  customer("Copperleaf Energy", sanFrancisco, "team", "research", 10, included("250000"), prepayment("5")),
  customer("Moonlit Pictures", sanFrancisco, "pay_as_you_go", "studio", 9, launch("3")),
  customer("Saffron Health", bengaluru, "prepaid_tokens", "assistant", 7, welcome("25000"), pack("200000")),
  customer("Driftwood Travel", saoPaulo, "pay_as_you_go", "assistant", 6),
  customer("Beacon Insurance", newYork, "team", "assistant", 5, included("250000"), pack("500000")),
  customer("Anvil and Ash", london, "prepaid_tokens", "studio", 4, pack("20000")),
];
