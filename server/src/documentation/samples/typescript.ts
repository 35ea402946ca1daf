import { printLiteral, type LiteralStyle } from "./literal.ts";
import type { SampleRequest } from "./request.ts";

const style: LiteralStyle = {
  indent: "    ",
  trailingComma: true,
  key: (name) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)}: `,
  scalar: (value) => JSON.stringify(value),
  object: ["{", "}"],
  array: ["[", "]"],
  emptyObject: "{}",
  nestedSuffix: () => "",
};

/** With `afternoon-sdk`: the path's parameters in their order, then one object with the body or the query. */
export function typescriptSample(request: SampleRequest): string {
  const rest = request.body ?? (Object.keys(request.query).length === 0 ? undefined : request.query);
  const callArguments = [
    ...request.pathArguments.map((argument) => JSON.stringify(argument)),
    ...(rest === undefined ? [] : [printLiteral(rest, style, 1)]),
  ];
  return `import { AfternoonClient } from "afternoon-sdk";

async function main() {
    const client = new AfternoonClient({
        token: "YOUR_TOKEN_HERE",
    });
    await client.${request.sdkMethod}(${callArguments.join(", ")});
}
main();
`;
}
