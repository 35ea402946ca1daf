import type { SampleRequest } from "./request.ts";

/** With the standard library. */
export function rubySample({ method, url, body, headers }: SampleRequest): string {
  const requestClass = method.charAt(0) + method.slice(1).toLowerCase();
  const setHeaders = headers.map(([name, value]) => `request[${JSON.stringify(name)}] = '${value}'\n`).join("");
  const setBody = body === undefined ? "" : `request.body = ${quote(JSON.stringify(body, null, 2))}\n`;
  return `require 'uri'
require 'net/http'

url = URI(${quote(url)})

http = Net::HTTP.new(url.host, url.port)
http.use_ssl = true

request = Net::HTTP::${requestClass}.new(url)
${setHeaders}${setBody}
response = http.request(request)
puts response.read_body`;
}

/** A double-quoted string in which nothing is interpolated. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(/#(?=[{$@])/g, String.raw`\#`);
}
