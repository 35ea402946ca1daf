/**
 * Bodies of requests, by operationId, where the required fields alone would not show what the operation is for. A test holds each
 * against the schema of its operation.
 */
export const exampleBodies: Record<string, unknown> = {
  "create-customer": { name: "Acme Corp", email: "billing@acme.com", external_id: "cust_123" },
  "update-customer": { email: "billing@acme.com" },
};

/** Query parameters of requests that would be refused, or say nothing, without any. */
export const exampleQueries: Record<string, Record<string, string>> = {
  "search-customers": { external_id: "cust_123" },
};
