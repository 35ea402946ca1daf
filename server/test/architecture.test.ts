import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../src/platform/project-root.ts";
import { filesBelow, readSources, toSource, type Import, type Source } from "./source-code.ts";

/** The folders of `server/src` that are features, in their order: each may use only those before it. */
const features = [
  "companies",
  "audit-log",
  "request-log",
  "customers",
  "webhooks",
  "mail",
  "catalog",
  "wallets",
  "discounts",
  "taxes",
  "invoicing",
  "top-ups",
  "subscriptions",
  "metering",
  "holds",
  "renewals",
  "payments",
  "test-clocks",
  "hosted-pages",
  "erasure",
  "overview",
  "dashboard-access",
  "documentation",
];

/** Says what is wrong with `source`; a sentence each, without the file's name. */
type Rule = (source: Source) => string[];

const isTest = ({ file }: Source) => /\.test\.ts$|(?:^|\/)test\//.test(file);
const layerOf = (file: string) => /^server\/src\/([^/]+)\//.exec(file)?.[1] ?? null;
const isFeature = (layer: string | null) => layer !== null && !["http", "platform"].includes(layer);
const isPackage = (target: string) => !target.endsWith(".ts");

/** Which way imports point. */
const layering: Rule = ({ file, imports }) => imports.flatMap(({ target }) => misdirected(file, target) ?? []);

function misdirected(file: string, target: string): string | null {
  if (/\.test\.ts$|^server\/test\//.test(target)) return `imports ${target}: product code never needs a test.`;
  if (file.startsWith("core/")) {
    return target.startsWith("core/") || target === "temporal-polyfill"
      ? null
      : `imports ${target}: core imports only core and temporal-polyfill; pass in what it needs.`;
  }
  if (isPackage(target)) return null;
  if (file.startsWith("cli/") || file.startsWith("sdk/")) return null;
  const from = layerOf(file);
  const to = layerOf(target);
  if (from === null)
    return target.startsWith("cli/") ? `imports ${target}: the server knows nothing of the command line.` : null;
  if (target.startsWith("core/")) return null;
  if (to === null)
    return `imports ${target}: only the files beside it in server/src put the product together; pass in what is needed.`;
  if (to === from) return null;
  if (from === "platform") return `imports ${target}: platform imports nothing of http or features.`;
  if (to === "platform") return null;
  if (from === "http")
    return `imports ${target}: http imports only platform and core; a feature hands over what it has by an argument.`;
  if (to === "http") return null;
  return features.indexOf(to) < features.indexOf(from)
    ? null
    : `imports ${target}: ${to} does not come before ${from} in the order of features.`;
}

/** How a feature is entered from another: as everybody may by its door, and on the wire by its wire schemas. */
const doors: Rule = ({ file, imports }) => imports.flatMap((each) => besideTheDoor(file, each) ?? []);

function besideTheDoor(file: string, { target, isTypeOnly }: Import): string | null {
  const from = layerOf(file);
  const to = layerOf(target);
  if (from === to || !isFeature(from) || !isFeature(to)) return null;
  const own = path.posix.basename(file);
  const name = target.slice(`server/src/${to}/`.length);
  if (name === `${to}.ts`) return null;
  if (name === "schema.ts") {
    return isTypeOnly || /^(?:\w+-)?(?:schema|routes)\.ts$/.test(own)
      ? null
      : `imports values of ${target}: wire schemas are for schema.ts and routes.ts; go through ${to}/${to}.ts.`;
  }
  if (name === "routes.ts")
    return own === "routes.ts"
      ? null
      : `imports ${target}: only a routes.ts shares what a routes.ts declares; go through ${to}/${to}.ts.`;
  if (name === "sql.ts")
    return isTypeOnly
      ? null
      : `imports statements of ${target}: another feature's rows are its own; go through ${to}/${to}.ts.`;
  return `imports ${target}: another feature is reached only through ${to}/${to}.ts.`;
}

/** Patterns that may not be in the code of `isWithin`, but for the files named, each with its reason. */
type Ban = { pattern: RegExp; isWithin(file: string): boolean; instead: string; except: Record<string, string> };

const exactPlaces =
  /^core\/|^server\/src\/(?:catalog|wallets|invoicing|top-ups|subscriptions|metering|renewals|payments)\//;
const product = /^(?:core|server\/src|cli|sdk\/src)\//;

const bans: Record<string, Ban> = {
  "the environment is read once": {
    pattern: /\bprocess\.env\b/,
    isWithin: (file) => product.test(file) && !file.startsWith("cli/"),
    instead: "process.env is read in server/src/config.ts and cli/ alone; pass the setting in",
    except: {
      "server/src/platform/embedded-postgres/program.ts": "what the operating system itself needs to start a program",
    },
  },
  "money is exact": {
    pattern: /\bparseFloat\b|\bNumber\(|\bMath\.round\b|\btoFixed\b|\btoPrecision\b|\btoNumber\b/,
    isWithin: (file) => exactPlaces.test(file),
    instead: "is banned where money is; use Decimal of core/decimal.ts, or Number.parseInt for a count",
    except: {},
  },
  "a transaction is opened at the edge": {
    pattern: /\.transaction\(/,
    isWithin: (file) => product.test(file) && !/\/(?:routes|jobs)\.ts$|^server\/src\/http\//.test(file),
    instead: "opens a transaction, which routes, jobs and http do; take a Transaction as an argument",
    except: {
      "server/src/companies/demo.ts": "the first start's company and its key file become real together",
      "server/src/wallets/wallets.ts":
        "a read writes down the grants that have come due; the job does so customer by customer",
      "server/src/top-ups/top-ups.ts": "due top-ups are made customer by customer, each in its own transaction",
      "server/src/customers/customers.ts": "deleting very many rows in shares, each in its own transaction",
      "server/src/metering/event-months.ts": "each month's table is made by itself",
      "server/src/metering/archives.ts": "a month is moved step by step, so that each can be cut off",
      "server/src/metering/lanes.ts": "where the events of many requests become one transaction",
      "server/src/metering/queue-worker.ts": "the same for events that were queued",
      "server/src/renewals/renewals.ts": "the billing run works customers in shares, each in its own transaction",
      "server/src/hosted-pages/pay.ts": "a form is answered by a page that shows what was committed",
      "server/src/hosted-pages/subscribe.ts": "a form is answered by a page that shows what was committed",
      "server/src/hosted-pages/portal.ts": "a form is answered by a page that shows what was committed",
      "server/src/hosted-pages/providers-page.ts": "what a provider is asked for is recorded before it is asked",
      "server/src/test-clocks/advance.ts": "a clock is moved step by step, each in its own transaction",
      "server/src/payments/collection.ts": "invoices are collected one by one, each in its own transaction",
      "server/src/payments/payments.ts": "the same, for the page on which a customer pays",
      "server/src/payments/setups.ts": "the same, for a card that a customer saves there",
      "server/src/payments/outcomes.ts": "a provider is spoken to between two transactions, never in one",
      "server/src/metering/rerate.ts": "reads a customer's history as of one instant",
      "server/src/wallets/verify.ts": "reads a wallet and its ledger as of one instant",
    },
  },
  "there is one clock": {
    pattern: /\bDate\.now\(|\bnew Date\(\s*\)/,
    isWithin: (file) => /^(?:core|server\/src)\//.test(file),
    instead: "asks the machine for the time; take the instant as an argument, or ask the Clock",
    except: { "server/src/platform/clock.ts": "the one clock" },
  },
  "what is random is from the operating system": {
    pattern: /\bMath\.random\b/,
    isWithin: (file) => /^(?:core|server\/src|cli)\//.test(file),
    instead: "can be guessed; use platform/ids.ts",
    except: {},
  },
  "types are written": {
    pattern: /(?:[:<|&,(]|\bas|=>?)\s*any\b(?!\s*[(:])/,
    isWithin: (file) => product.test(file),
    instead: "any turns the compiler off; write the type, or unknown",
    except: {},
  },
  "exports have names": {
    pattern: /\bexport\s+default\b|\bas\s+default\b/,
    isWithin: () => true,
    instead: "a default export has another name at every import; export it by name",
    except: {},
  },
};

function bannedIn(ban: Ban): Rule {
  return ({ file, code }) => {
    if (!ban.isWithin(file) || file in ban.except) return [];
    return code
      .split("\n")
      .flatMap((line, index) =>
        ban.pattern.test(line) ? [`line ${index + 1}: ${ban.pattern.exec(line)?.[0].trim()}: ${ban.instead}.`] : [],
      );
  };
}

/** What is left to do stands in the issue tracker. Written apart here, because this file is read too. */
const leftovers = /\b(?:TO(?:DO)|FIX(?:ME)|HA(?:CK))\b/;

const unfinished: Rule = ({ text }) =>
  text
    .split("\n")
    .flatMap((line, index) =>
      leftovers.test(line) ? [`line ${index + 1}: ${leftovers.exec(line)?.[0]}: do it, or open an issue.`] : [],
    );

const productSources = readSources(["core", "server/src", "cli", "sdk/src"]).filter((source) => !isTest(source));

const judge = (sources: Source[], rule: Rule) =>
  sources.flatMap((source) => rule(source).map((sentence) => `${source.file} ${sentence}`));

test("imports point one way: features in their order, then http, platform and core", () => {
  assert.deepEqual(judge(productSources, layering), []);
});

test("a feature is entered through its door", () => {
  assert.deepEqual(judge(productSources, doors), []);
});

for (const [name, ban] of Object.entries(bans)) {
  test(name, () => {
    assert.deepEqual(judge(productSources, bannedIn(ban)), []);
    for (const [file, reason] of Object.entries(ban.except)) {
      const code = productSources.find((source) => source.file === file)?.code ?? "";
      assert.match(
        code,
        ban.pattern,
        `${file} is excepted (${reason}) and no longer needs to be: take it out of the list.`,
      );
    }
  });
}

test("every folder of server/src has its place in the order", () => {
  const folders = readdirSync(path.join(projectRoot, "server/src"), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const placeless = folders.map(({ name }) => name).filter((name) => isFeature(name) && !features.includes(name));
  assert.deepEqual(
    placeless,
    [],
    "A new feature stands in `features` of server/test/architecture.test.ts and in ARCHITECTURE.md, at the place of its first use.",
  );
});

test("every feature says what it owns", () => {
  const silent = features
    .filter((name) => existsSync(path.join(projectRoot, "server/src", name)))
    .filter((name) => {
      const file = path.join(projectRoot, "server/src", name, "README.md");
      return !existsSync(file) || !/owns/i.test(readFileSync(file, "utf8"));
    });
  assert.deepEqual(
    silent,
    [],
    "Each needs a README.md: what it owns, what it does not own, its words and its invariants, as core/README.md has them.",
  );
});

test("no file imports itself by a detour", () => {
  assert.equal(findCycle(productSources)?.join(" → ") ?? null, null);
});

test("nothing is left unfinished in the sources", () => {
  const folders = ["core", "server", "cli", "sdk", "scripts", "web", "bench", "docs"].filter((folder) =>
    existsSync(path.join(projectRoot, folder)),
  );
  const files = folders.flatMap(filesBelow).filter((file) => /\.(?:ts|tsx|mjs|js|css|sql|md)$/.test(file));
  const sources = files.map((file) => ({
    file,
    text: readFileSync(path.join(projectRoot, file), "utf8"),
    code: "",
    imports: [],
  }));
  assert.deepEqual(judge(sources, unfinished), []);
});

// A rule that lets everything pass looks the same as code that keeps it, so each is seen to bite.
const bites: [Rule, string, string, RegExp | null][] = [
  [layering, "server/src/wallets/wallets.ts", 'import { a } from "../catalog/catalog.ts";', null],
  [
    layering,
    "server/src/wallets/wallets.ts",
    'import { a } from "../metering/metering.ts";',
    /metering does not come before wallets/,
  ],
  [
    layering,
    "server/src/wallets/wallets.ts",
    'import type { A } from "../metering/metering.ts";',
    /metering does not come before/,
  ],
  [
    layering,
    "server/src/wallets/wallets.ts",
    'export { a } from "../metering/metering.ts";',
    /metering does not come before/,
  ],
  [
    layering,
    "server/src/wallets/wallets.ts",
    'const a = await import("../metering/metering.ts");',
    /metering does not come before/,
  ],
  [
    layering,
    "server/src/wallets/wallets.ts",
    'import {\n  a,\n  type B,\n} from "../app.ts";',
    /pass in what is needed/,
  ],
  [layering, "server/src/wallets/wallets.ts", 'import { a } from "../../test/harness.ts";', /never needs a test/],
  [
    layering,
    "server/src/http/server.ts",
    'import { a } from "../companies/companies.ts";',
    /http imports only platform and core/,
  ],
  [layering, "server/src/platform/db.ts", 'import { a } from "../http/errors.ts";', /platform imports nothing of http/],
  [layering, "core/wallet.ts", 'import pg from "pg";', /core imports only core/],
  [layering, "core/wallet.ts", 'import { a } from "../server/src/platform/ids.ts";', /core imports only core/],
  [layering, "server/src/main.ts", 'import { a } from "../../cli/serve.ts";', /knows nothing of the command line/],
  [doors, "server/src/metering/metering.ts", 'import { type Grant, type Row } from "../wallets/sql.ts";', null],
  [
    doors,
    "server/src/metering/metering.ts",
    'import { type Grant, findRows } from "../wallets/sql.ts";',
    /imports statements/,
  ],
  [doors, "server/src/metering/routes.ts", 'import { presentBalance } from "../wallets/schema.ts";', null],
  [
    doors,
    "server/src/metering/metering.ts",
    'import { presentBalance } from "../wallets/schema.ts";',
    /imports values/,
  ],
  [doors, "server/src/metering/metering.ts", 'import { tag } from "../wallets/routes.ts";', /only a routes\.ts/],
  [
    doors,
    "server/src/metering/metering.ts",
    'import { createCatalogReader } from "../catalog/reader.ts";',
    /only through catalog\/catalog\.ts/,
  ],
  [bannedIn(bans["money is exact"] as Ban), "core/money.ts", "const amount = Number(text);", /line 1: Number\(/],
  [
    bannedIn(bans["money is exact"] as Ban),
    "core/money.ts",
    "// Number(text)\nconst a = `Number(${b}) ${`toFixed`}`, c = /Number(x)/;",
    null,
  ],
  [
    bannedIn(bans["money is exact"] as Ban),
    "core/money.ts",
    "const a = `${b / 2} ${`${Number(c)}`}`;",
    /line 1: Number\(/,
  ],
  [
    bannedIn(bans["the environment is read once"] as Ban),
    "server/src/http/server.ts",
    "const { PORT } = process.env;",
    /pass the setting in/,
  ],
  [bannedIn(bans["types are written"] as Ban), "server/src/http/server.ts", "const a = b as any;", /write the type/],
  [
    bannedIn(bans["types are written"] as Ban),
    "server/src/http/server.ts",
    "const a = sql`x = any(${b}) and any`;",
    null,
  ],
  [bannedIn(bans["exports have names"] as Ban), "cli/serve.ts", "export default serve;", /export it by name/],
  [
    bannedIn(bans["a transaction is opened at the edge"] as Ban),
    "server/src/catalog/catalog.ts",
    "await database.transaction(work)",
    /take a Transaction/,
  ],
  [
    bannedIn(bans["there is one clock"] as Ban),
    "server/src/catalog/catalog.ts",
    "const now = new Date();",
    /take the instant/,
  ],
  [unfinished, "core/money.ts", `// ${["TO", "DO"].join("")}: round`, /open an issue/],
];

test("each rule refuses what breaks it, and only that", () => {
  for (const [rule, file, text, sentence] of bites) {
    const said = rule(toSource(file, text)).join(" ");
    if (sentence === null) assert.equal(said, "", `${file}: ${text}`);
    else assert.match(said, sentence, `${file}: ${text}`);
  }
  const circle = [
    toSource("core/a.ts", 'import { b } from "./b/b.ts";'),
    toSource("core/b/b.ts", 'import type { A } from "../a.ts";'),
  ];
  assert.deepEqual(findCycle(circle), ["core/a.ts", "core/b/b.ts", "core/a.ts"]);
});

/**
 * The first chain of imports that comes back to where it began; null where there is none. Types alone do no harm within one
 * folder: a wire schema and the rows that it presents may name each other.
 */
function findCycle(sources: Source[]): string[] | null {
  const targets = new Map(sources.map((source) => [source.file, farImports(source)]));
  for (const [file, next] of targets) {
    for (const target of next) {
      const back = findWay(targets, target, file);
      if (back !== null) return [file, ...back];
    }
  }
  return null;
}

function farImports({ file, imports }: Source): string[] {
  const folder = path.posix.dirname(file);
  return imports
    .filter(({ target, isTypeOnly }) => !isTypeOnly || path.posix.dirname(target) !== folder)
    .map(({ target }) => target);
}

/** The shortest chain of imports from one file to another. */
function findWay(targets: Map<string, string[]>, from: string, to: string): string[] | null {
  const ways = new Map([[from, [from]]]);
  for (const [file, way] of ways) {
    if (file === to) return way;
    for (const target of targets.get(file) ?? []) if (!ways.has(target)) ways.set(target, [...way, target]);
  }
  return null;
}
