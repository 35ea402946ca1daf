import type { SampleRequest } from "./request.ts";

/** With Guzzle. */
export function phpSample({ method, url, body, headers }: SampleRequest): string {
  const options = [
    ...(body === undefined ? [] : [`  'body' => ${quote(JSON.stringify(body, null, 2))},`]),
    ...(headers.length === 0
      ? []
      : ["  'headers' => [", ...headers.map(([name, value]) => `    ${quote(name)} => ${quote(value)},`), "  ],"]),
  ];
  const callArguments = [quote(method), quote(url), ...(options.length === 0 ? [] : [`[\n${options.join("\n")}\n]`])];
  return `<?php
require_once('vendor/autoload.php');

$client = new \\GuzzleHttp\\Client();

$response = $client->request(${callArguments.join(", ")});

echo $response->getBody();`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}
