import { generateSync } from "json-schema-faker";
import { openApiDocument, type DocumentedOperation, type JsonSchema } from "./openapi-document.ts";

/** A request as it goes over the wire. */
export type FuzzRequest = {
  method: string;
  path: string;
  headers: Record<string, string | string[]>;
  body: Buffer | null;
};

/** What the server has made so far, for requests to name: `customer` has `id`, `plan` has `code`. */
export type World = Map<string, string[]>;

/** Numbers that are the same for the same seed (mulberry32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 up to, not including, `below`. */
  roll(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.roll(items.length)] as Item;
  }

  /** True `percent` times in a hundred. */
  happens(percent: number): boolean {
    return this.roll(100) < percent;
  }
}

/** JSON text that stands for itself, such as a number that no double holds. */
class Raw {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A request of `operation`: valid as far as its schemas tell, with one thing wrong, or hostile in several. */
export function makeRequest(operation: DocumentedOperation, world: World, key: string, dice: Dice): FuzzRequest {
  const kind = dice.pick(["valid", "valid", "nearly", "nearly", "nearly", "hostile", "hostile"] as const);
  // One thing wrong: which part of the request it is in.
  const parts = [
    ...(operation.body === null ? [] : ["body", "body", "body"]),
    ...(operation.parameters.some((each) => each.in === "path") ? ["path"] : []),
    ...(operation.parameters.some((each) => each.in === "query") ? ["query", "query"] : []),
    "headers",
  ];
  const wrongPart = kind === "nearly" ? dice.pick(parts) : null;
  const isWrong = (part: string) => part === wrongPart || (kind === "hostile" && dice.happens(60));
  const headers = makeHeaders(operation, key, isWrong("headers"), dice);
  return {
    method: operation.method,
    path: makePath(operation, world, isWrong("path"), dice) + makeQuery(operation, world, isWrong("query"), dice),
    headers,
    body: makeBody(operation, world, isWrong("body"), kind === "hostile", dice),
  };
}

const strangeTexts = [
  "",
  " ",
  "\0",
  "\u{d800}",
  "a\u{dc00}b",
  "\u{ffff}\u{feff}",
  "𝟙２٣",
  "..",
  "%",
  "%00",
  "' or 1=1 --",
  '"; drop table customers; --',
  "${7*7}{{7*7}}",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "NaN",
  "Infinity",
  "-0",
  "1e400",
  "1e-400",
  "0x10",
  "1_000",
  "9".repeat(401),
  `0.${"0".repeat(399)}1`,
  "x".repeat(300),
  "é".repeat(5_000),
  `c${"0".repeat(24)}`,
  `c${"z".repeat(24)}`,
  "2024-02-30T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "0001-01-01T00:00:00Z",
  "+275760-09-13T00:00:00.000Z",
  "usd",
  "xxx",
];

const strangeValues: ((dice: Dice) => unknown)[] = [
  (dice) => dice.pick(strangeTexts),
  (dice) => dice.pick(strangeTexts),
  (dice) =>
    new Raw(
      dice.pick([
        "1e400",
        "-1e400",
        "1e-400",
        "1e399",
        "1e-399",
        "-0",
        "-0.0",
        "1E+2",
        "9007199254740993",
        "12345678901234567890.123456789",
        "9".repeat(400),
        "9".repeat(401),
        `0.${"9".repeat(401)}`,
        "1e999999999999",
        "1".repeat(20_000),
        "2147483648",
        "9223372036854775808",
        "0.5",
        "-1",
        "0",
      ]),
    ),
  () => null,
  () => true,
  () => [],
  () => ({}),
  () => [[[]]],
  (dice) => Array.from({ length: dice.pick([1, 101, 2_000]) }, () => null),
  (dice) => new Raw(nested(dice.pick([10, 63, 64, 65, 5_000]))),
  () => ownProperty({}, "__proto__", { isPublic: true, status: "active" }),
  () => ownProperty({}, "constructor", { prototype: {} }),
  () => ({ isLosslessNumber: true, value: "1" }),
  () => ({ toString: "x", valueOf: null, toJSON: "y", then: 1 }),
  () => Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key_${index}`, "value"])),
];

function nested(depth: number): string {
  return `${'{"a":['.repeat(depth / 2)}1${"]}".repeat(depth / 2)}`;
}

function ownProperty(target: object, name: string, value: unknown): object {
  return Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

const strangeBodies: ((dice: Dice) => string | Buffer)[] = [
  () => "",
  () => "null",
  () => "[]",
  () => "[{}]",
  () => '"text"',
  () => "1e400",
  () => "{",
  () => "{}{}",
  () => "{} x",
  () => "{'name':'x'}",
  () => '{"name":"x",}',
  () => '{"name":NaN}',
  () => '/* */{"name":"x"}',
  () => '{"name":"a","name":"b"}',
  () => '{"name":"a","name":"a"}',
  () => '{"name":"a\0b"}',
  () => '{"name":"\\u0000"}',
  () => '{"\\u0000":"name"}',
  () => '{"name":"\\ud800"}',
  () => '{"name":"\\x"}',
  () => '{"__proto__":{"name":"x"},"name":"y"}',
  () => '{"__proto__":null}',
  () => `\u{feff}{"name":"x"}`,
  () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  () => Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
  () => Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  () => Buffer.from('{"name":"x"}', "utf16le"),
  () => Buffer.from([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]),
  (dice) => "[".repeat(dice.pick([64, 65, 100_000])),
  (dice) => '{"a":'.repeat(dice.pick([64, 65, 50_000])),
  (dice) => nested(dice.pick([64, 66])),
  () => `[${"0,".repeat(100_000)}0]`,
  () => `{"name":"${"x".repeat(1024 * 1024)}"}`,
  () => `{${Array.from({ length: 5_000 }, (_, index) => `"${index}":${index}`).join(",")}}`,
  () => `{"name":${"9".repeat(100_000)}}`,
];

function makeBody(
  { body, method }: DocumentedOperation,
  world: World,
  isWrong: boolean,
  isHostile: boolean,
  dice: Dice,
): Buffer | null {
  if (body === null) {
    const takesNone = method === "GET" || !isWrong;
    return takesNone && !dice.happens(10) ? null : Buffer.from(dice.pick(["{}", "{", "[]", '"x"']));
  }
  if (isHostile && isWrong && dice.happens(50)) return Buffer.from(dice.pick(strangeBodies)(dice) as string);
  const value = makeValid(body, world, dice);
  const damages = isHostile ? 3 : 1;
  if (isWrong) for (let done = 0; done < damages; done++) spoil(value, dice);
  return Buffer.from(write(value));
}

/** A value that `schema` allows, in which most references name something that is there. */
function makeValid({ oneOf, ...rest }: JsonSchema, world: World, dice: Dice): unknown {
  const schema = oneOf === undefined ? rest : dice.pick(oneOf);
  const generated = generateSync(
    { ...schema, components: openApiDocument.components },
    {
      seed: dice.roll(2 ** 31),
      // A body with many optional fields is seldom right in all of them.
      optionalsProbability: dice.pick([0, 0, 0.1, 0.3, 0.7, 1]),
      maxDefaultItems: 3,
      formats: { cuid: () => `c${"0".repeat(24)}` },
    },
  );
  return makeLikely(generated, world, dice);
}

/** What no schema tells: which codes and ids there are, and what an amount, a currency or a time zone looks like. */
function makeLikely(value: unknown, world: World, dice: Dice): unknown {
  if (Array.isArray(value)) return value.map((item) => makeLikely(item, world, dice));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (dice.happens(15)) return [name, makeLikely(inner, world, dice)];
    return [name, likely(name, world, dice) ?? makeLikely(inner, world, dice)];
  });
  return dropOneOfTwo(Object.fromEntries(entries), dice);
}

function likely(name: string, world: World, dice: Dice): unknown {
  if (name === "currency_code") return dice.pick(["usd", "EUR", "jpy"]);
  if (/^(?:unit_)?amount(?:_decimal)?$/.test(name))
    return dice.pick(["12.5", "0.0042", 7, new Raw("1e-7"), "1e30", "9".repeat(400)]);
  if (/^(?:threshold|(?:daily|monthly)_limit)$/.test(name)) return dice.pick(["100", 7, new Raw("1e3"), "0.001"]);
  if (/^percent(?:_off)?$/.test(name)) return dice.pick(["10", 7.5, new Raw("1e1"), "100.0001"]);
  if (name === "frozen_time") return dice.pick(["2026-04-01T00:00:00Z", "2027-01-01T00:00:00Z"]);
  if (name === "number") return dice.pick(["4242424242424242", "4000 0000 0000 0002"]);
  if (name === "expires_year") return 2030;
  if (name === "amount_cents") return dice.pick([1, 50, 10_000]);
  if (name === "timezone") return dice.pick(["UTC", "Europe/Berlin", "Pacific/Apia"]);
  if (name === "country") return dice.pick(["DE", "us"]);
  if (name === "email") return "someone@example.com";
  if (name === "url") return "https://example.com";
  if (name === "from") return dice.pick(["2026-02-01T00:00:00Z", "2026-03-01"]);
  if (name === "to") return dice.pick(["2026-03-10T00:00:00Z", "2026-04-01T00:00:00Z"]);
  if (name === "timestamp") return "2026-03-10T11:00:00Z";
  if (/_(?:date|at)$/.test(name)) return dice.pick(["2026-04-01T00:00:00Z", "2026-02-01", null]);
  // Chance makes meters that no event satisfies; a name of many has none.
  if (name === "event_name") return dice.pick(["call", "other", `name ${dice.roll(100)}`]);
  if (name === "idempotency_key") return dice.pick(["one", "two", `key ${dice.roll(1_000)}`]);
  if (name === "properties") return { tokens: dice.pick([1, "2.5", new Raw("0.1"), "x"]), model: "a" };
  if (name === "code") return `code_${dice.roll(500)}`;
  const [, resource = "", field = ""] = /^(?:external_|target_)?(.+)_(id|code)$/.exec(name) ?? [];
  const known = world.get(`${resource}.${field}`);
  return known === undefined ? undefined : dice.pick(known);
}

/** Several schemas ask for exactly one of two; most requests should pass that. */
function dropOneOfTwo(value: Record<string, unknown>, dice: Dice): Record<string, unknown> {
  for (const pair of [
    ["currency_code", "pricing_unit_code"],
    ["customer_id", "external_customer_id"],
    ["unit_amount_cents", "unit_amount_decimal"],
    ["amount_cents", "lines"],
    ["percent_off", "amount_off_cents"],
  ]) {
    if (pair.every((name) => name in value) && dice.happens(90)) delete value[dice.pick(pair)];
  }
  if ("duration" in value && dice.happens(90)) completeCoupon(value);
  return value;
}

/** Of a coupon the amount has a currency, and the months a duration that they are for. */
function completeCoupon(value: Record<string, unknown>): void {
  if ("amount_off_cents" in value) value.currency_code = "usd";
  else {
    value.percent_off ??= "10";
    delete value.currency_code;
  }
  if (value.duration === "repeating") value.duration_in_months = 3;
  else delete value.duration_in_months;
}

/** Makes one thing wrong, anywhere inside `value`. */
function spoil(value: unknown, dice: Dice): void {
  const places: { holder: Record<string, unknown>; name: string }[] = [];
  const walk = (holder: unknown) => {
    if (typeof holder !== "object" || holder === null || holder instanceof Raw) return;
    for (const [name, inner] of Object.entries(holder)) {
      places.push({ holder: holder as Record<string, unknown>, name });
      walk(inner);
    }
  };
  walk(value);
  if (places.length === 0 || dice.happens(10)) {
    const name = dice.pick(["__proto__", "unknown", "", "\0", "metadata", "properties", "id"]);
    if (typeof value === "object" && value !== null) ownProperty(value, name, dice.pick(strangeValues)(dice));
    return;
  }
  const { holder, name } = dice.pick(places);
  const damage = dice.roll(10);
  if (damage === 0) delete holder[name];
  else if (damage === 1) holder[name] = [holder[name]];
  else if (damage === 2) holder[name] = { [name]: holder[name] };
  else holder[name] = dice.pick(strangeValues)(dice);
}

function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([name, inner]) => `${JSON.stringify(name)}:${write(inner)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

const strangeSegments = [
  ...strangeTexts.filter((text) => text.isWellFormed()).map(encodeURIComponent),
  "%ff",
  "%c0%80",
  "%ed%a0%80",
  "%",
  "%zz",
  "%2e%2e%2f",
  "a%2Fb",
  ";a=b",
  "\u00ff\u00fe",
  "0",
  "01",
  "-1",
  "1.0",
  "999999999",
  "9999999999",
  "x".repeat(5_000),
];

/** The name in the world of one of `plural`, a word of a path. */
function oneOf(plural: string): string {
  return plural.replaceAll("-", "_").replace(/ies$/, "y").replace(/s$/, "");
}

function makePath(operation: DocumentedOperation, world: World, isWrong: boolean, dice: Dice): string {
  // What lies below a customer or an endpoint is only found beside its own.
  const below = /\/(?:customers|webhook-endpoints)\/\{id\}\/([^/]+)\/\{/.exec(operation.path)?.[1];
  const nested = below === undefined ? undefined : oneOf(below);
  return operation.path.replaceAll(/([^/]+)\/\{(\w+)\}/g, (_, before: string, name: string) => {
    const resource = oneOf(before);
    const owners = name === "id" && nested !== undefined ? world.get(`${nested}.owner`) : undefined;
    const known = owners ?? world.get(`${resource}.${name}`) ?? ["1"];
    return `${before}/${isWrong ? dice.pick(strangeSegments) : dice.pick(known)}`;
  });
}

const strangeQueries = [
  "limit=1&limit=2",
  "limit[]=1",
  "limit=",
  "limit=%00",
  "limit=1e1",
  "limit=-1",
  "cursor=",
  "cursor=%ff",
  "cursor=bnVsbA",
  "__proto__=1",
  "__proto__[limit]=1",
  "constructor=1&hasOwnProperty=2",
  "a=b=c&&&=&=x",
  "%",
  "%ff=%fe",
  "\u00e9=\u00ff",
  `unknown=${"x".repeat(4_000)}`,
  Array.from({ length: 1_500 }, () => "a=1").join("&"),
  "?",
  "limit=50#fragment",
];

function makeQuery(operation: DocumentedOperation, world: World, isWrong: boolean, dice: Dice): string {
  const parameters = operation.parameters.filter((each) => each.in === "query");
  const pairs = parameters
    .filter(() => dice.happens(50))
    .map(({ name, schema }) => `${name}=${encodeURIComponent(queryValue(name, schema, world, dice))}`);
  if (isWrong) {
    const spoiled = parameters.map(({ name }) => `${name}=${dice.pick(strangeSegments)}`);
    const cursor = `cursor=${spoilCursor(world, dice)}`;
    pairs.push(dice.pick([...strangeQueries, ...spoiled, ...spoiled, ...Array.from({ length: 10 }, () => cursor)]));
  }
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

function queryValue(name: string, schema: JsonSchema, world: World, dice: Dice): string {
  const choices: unknown[] = schema.enum ?? [];
  if (choices.length > 0) return dice.pick(choices) as string;
  if (name === "limit") return dice.pick(["1", "2", "100"]);
  if (name === "cursor") return dice.pick(world.get("cursor") ?? ["bnVsbA"]);
  if (schema.format === "date-time") return dice.pick(["2026-03-01T00:00:00Z", "2026-04-01T02:00:00.5+02:00"]);
  return (likely(name, world, dice) as string | undefined) ?? dice.pick(["x", "Customer"]);
}

/** A cursor of ours with one thing changed inside, as somebody does who has looked into one. */
function spoilCursor(world: World, dice: Dice): string {
  const position: unknown = JSON.parse(
    Buffer.from(dice.pick(world.get("cursor") ?? ["bnVsbA"]), "base64url").toString(),
  );
  const held = { position };
  spoil(held, dice);
  return Buffer.from(write(held.position ?? null)).toString("base64url");
}

const strangeHeaders: Record<string, (string | string[])[]> = {
  "content-type": [
    "",
    "text/plain",
    "application/json; charset=utf-16",
    'application/json;charset="UTF-8"',
    "APPLICATION/JSON",
    "application/json, text/plain",
    "application/problem+json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset",
    ";",
    "\u00ff",
  ],
  "content-encoding": ["gzip", "identity", "br, gzip", "x"],
  "idempotency-key": [
    "",
    " ",
    "x".repeat(255),
    "x".repeat(256),
    "\u00ff\u0080",
    "a, b",
    ["a", "b"],
    "same",
    "same",
    "same",
  ],
  "x-request-id": ["req_x", "", "\u00ff", "x".repeat(4_000)],
  authorization: [
    "",
    "Bearer",
    "Bearer ",
    "Basic eDp4",
    "Bearer ak_test_",
    `Bearer ak_test_${"x".repeat(5_000)}`,
    "Bearer ak_live_\u00ff",
  ],
  accept: ["text/html", "*/*;q=0", ""],
  "accept-version": ["1.0.0"],
  expect: ["100-continue", "something-else"],
  "transfer-encoding": ["chunked"],
  upgrade: ["websocket"],
  range: ["bytes=0-0"],
  "if-none-match": ["*"],
  "x-forwarded-for": ["1.1.1.1, \u00ff"],
  "x-http-method-override": ["DELETE"],
  host: ["", "a b", "evil.example"],
  __proto__header: ["x"],
};

function makeHeaders(
  operation: DocumentedOperation,
  key: string,
  isWrong: boolean,
  dice: Dice,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { authorization: `Bearer ${key}` };
  if (operation.body !== null) headers["content-type"] = "application/json";
  if (isWrong) {
    const name = dice.pick(Object.keys(strangeHeaders));
    headers[name] = dice.pick(strangeHeaders[name] ?? []);
  }
  return headers;
}
