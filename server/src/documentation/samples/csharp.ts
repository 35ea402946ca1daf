import type { SampleRequest } from "./request.ts";

/** With RestSharp. */
export function csharpSample({ method, url, body, headers }: SampleRequest): string {
  const payload = JSON.stringify(JSON.stringify(body, null, 2));
  return [
    "using RestSharp;",
    "",
    `var client = new RestClient(${JSON.stringify(url)});`,
    `var request = new RestRequest(Method.${method});`,
    ...headers.map(([name, value]) => `request.AddHeader(${JSON.stringify(name)}, ${JSON.stringify(value)});`),
    ...(body === undefined ? [] : [`request.AddParameter("application/json", ${payload}, ParameterType.RequestBody);`]),
    "IRestResponse response = client.Execute(request);",
  ].join("\n");
}
