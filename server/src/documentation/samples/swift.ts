import { printLiteral, type LiteralStyle } from "./literal.ts";
import type { SampleRequest } from "./request.ts";

const style: LiteralStyle = {
  indent: "  ",
  trailingComma: false,
  key: (name) => `${JSON.stringify(name)}: `,
  scalar: (value) => (value === null ? "NSNull()" : JSON.stringify(value)),
  object: ["[", "]"],
  array: ["[", "]"],
  emptyObject: "[:]",
  // Swift does not infer a type for a literal of mixed values.
  nestedSuffix: (value) => (Array.isArray(value) ? " as [Any]" : " as [String : Any]"),
};

/** With Foundation. */
export function swiftSample({ method, url, body, headers }: SampleRequest): string {
  const payload =
    body === undefined
      ? ""
      : `let parameters = ${printLiteral(body, style)} as [String : Any]

let postData = try JSONSerialization.data(withJSONObject: parameters, options: [])
`;
  const declarations = `${headers.length === 0 ? "" : `let headers = ${printHeaders(headers)}\n`}${payload}`;
  return `import Foundation

${declarations === "" ? "" : `${declarations}\n`}let request = NSMutableURLRequest(url: NSURL(string: ${JSON.stringify(url)})! as URL,
                                        cachePolicy: .useProtocolCachePolicy,
                                    timeoutInterval: 10.0)
request.httpMethod = "${method}"
${headers.length === 0 ? "" : "request.allHTTPHeaderFields = headers\n"}${body === undefined ? "" : "request.httpBody = postData as Data\n"}
let session = URLSession.shared
let dataTask = session.dataTask(with: request as URLRequest, completionHandler: { (data, response, error) -> Void in
  if (error != nil) {
    print(error as Any)
  } else {
    let httpResponse = response as? HTTPURLResponse
    print(httpResponse)
  }
})

dataTask.resume()`;
}

function printHeaders(headers: [string, string][]): string {
  const [first] = headers;
  if (headers.length > 1 || first === undefined) return printLiteral(Object.fromEntries(headers), style);
  return `[${JSON.stringify(first[0])}: ${JSON.stringify(first[1])}]`;
}
