import type { SampleRequest } from "./request.ts";

/** With Unirest. */
export function javaSample({ method, url, body, headers }: SampleRequest): string {
  const calls = [
    ...headers.map(([name, value]) => `.header(${JSON.stringify(name)}, ${JSON.stringify(value)})`),
    ...(body === undefined ? [] : [`.body(${JSON.stringify(JSON.stringify(body, null, 2))})`]),
    ".asString();",
  ];
  return `import com.mashape.unirest.http.HttpResponse;
import com.mashape.unirest.http.Unirest;

HttpResponse<String> response = Unirest.${method.toLowerCase()}(${JSON.stringify(url)})
${calls.map((call) => `  ${call}`).join("\n")}`;
}
