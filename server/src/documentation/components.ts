import { componentName, jsonSchemaOf, type ApiDocument, type OperationObject, type Schema } from "./document.ts";

/**
 * The names of the components that `operation` reaches, each after those that it is made of, as the published pages list them.
 * Example: list-balances → WalletBalanceAccountType, WalletBalance, CustomerBalancesResponse, ErrorResponseError, ErrorResponse.
 */
export function reachableComponents(document: ApiDocument, operation: OperationObject): string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  const visit = (value: unknown): void => {
    for (const $ref of refsIn(value)) {
      const name = componentName($ref);
      if (seen.has(name)) continue;
      seen.add(name);
      visit(document.components.schemas[name]);
      found.push(name);
    }
  };
  for (const schema of schemasOf(operation)) visit(schema);
  return found;
}

function schemasOf(operation: OperationObject): (Schema | undefined)[] {
  return [
    ...(operation.parameters ?? []).map(({ schema }) => schema),
    jsonSchemaOf(operation.requestBody),
    ...Object.values(operation.responses).map(jsonSchemaOf),
  ];
}

function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("$ref" in value && typeof value.$ref === "string") return [value.$ref];
  return Object.values(value).flatMap(refsIn);
}
