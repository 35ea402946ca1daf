import { printLiteral, type LiteralStyle } from "./literal.ts";
import type { SampleRequest } from "./request.ts";

const style: LiteralStyle = {
  indent: "    ",
  trailingComma: false,
  key: (name) => `${JSON.stringify(name)}: `,
  scalar: (value) =>
    value === null ? "None" : typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value),
  object: ["{", "}"],
  array: ["[", "]"],
  emptyObject: "{}",
  nestedSuffix: () => "",
};

/** With `requests`. */
export function pythonSample({ method, baseUrl, query, body, headers }: SampleRequest): string {
  const hasQuery = Object.keys(query).length > 0;
  const assignments = [
    ...(hasQuery ? [`querystring = ${printOnOneLine(query)}`] : []),
    [
      ...(body === undefined ? [] : [`payload = ${printLiteral(body, style)}`]),
      ...(headers.length === 0 ? [] : [`headers = ${printHeaders(headers)}`]),
    ].join("\n"),
  ].filter((text) => text !== "");
  const callArguments = [
    "url",
    ...(body === undefined ? [] : ["json=payload"]),
    ...(headers.length === 0 ? [] : ["headers=headers"]),
    ...(hasQuery ? ["params=querystring"] : []),
  ];
  return [
    "import requests",
    `url = ${JSON.stringify(baseUrl)}`,
    ...assignments,
    `response = requests.${method.toLowerCase()}(${callArguments.join(", ")})`,
    "print(response.json())",
  ].join("\n\n");
}

function printHeaders(headers: [string, string][]): string {
  const map = Object.fromEntries(headers);
  return headers.length === 1 ? printOnOneLine(map) : printLiteral(map, style);
}

function printOnOneLine(map: Record<string, string>): string {
  const pairs = Object.entries(map).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{${pairs.join(", ")}}`;
}
