import {
  conversionExamples,
  pricingExamples,
  type ConversionExample,
  type PricingExample,
} from "../../../../core/pricing/examples.ts";
import { priceBodyOf } from "../../catalog/catalog.ts";

/** Every worked example of the tests as Markdown: its price, what each event costs, and where the prices come from. */
export function pricingExamplesMarkdown(): string {
  const sections = pricingExamples.map((example) =>
    [
      `### ${example.title}`,
      fenced(priceBodyOf(example)),
      table(["Units", "Cost of the event", "Charge of the period"], example.periods.flatMap(rowsOf)),
      sourceOf(example),
    ].join("\n\n"),
  );
  return [...sections, "## Conversions", ...conversionExamples.map(conversionSection)].join("\n\n");
}

/** An event a row; the period's charge stands behind its last event. */
function rowsOf({ events, charge, trueUp }: PricingExample["periods"][number]): string[][] {
  return events.map(({ units, cost, properties }, index) => {
    const said = Object.entries(properties ?? {}).map(([name, value]) => `\`${name}\` ${JSON.stringify(value)}`);
    const isLast = index === events.length - 1;
    const missing = trueUp === undefined || trueUp === "0" ? "" : `, and ${trueUp} to the minimum`;
    return [[units, ...said].join(", "), cost, isLast ? `${charge}${missing}` : ""];
  });
}

function conversionSection(example: ConversionExample): string {
  const rows = example.rows.map(({ units, at, amount }) => [units, at, amount]);
  return [`### ${example.title}`, table(["Units", "At", "Amount"], rows), sourceOf(example)].join("\n\n");
}

function sourceOf({ source }: Pick<PricingExample, "source">): string {
  const states =
    source.states === "amounts"
      ? "which states the amounts"
      : "which states the prices; the amounts are worked out here";
  return `After the [${source.name}](${source.url}), ${states}.`;
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function fenced(body: Record<string, unknown>): string {
  return `\`\`\`json\n${JSON.stringify(body, null, 2)}\n\`\`\``;
}
