import type { SampleRequest } from "./request.ts";

/** With the standard library. */
export function goSample({ method, url, body, headers }: SampleRequest): string {
  const imports = ["fmt", ...(body === undefined ? [] : ["strings"]), "net/http", "io"];
  const payload =
    body === undefined ? "" : `\tpayload := strings.NewReader(${JSON.stringify(JSON.stringify(body, null, 2))})\n\n`;
  const addHeaders = headers
    .map(([name, value]) => `\treq.Header.Add(${JSON.stringify(name)}, ${JSON.stringify(value)})\n`)
    .join("");
  return `package main

import (
${imports.map((name) => `\t"${name}"`).join("\n")}
)

func main() {

	url := ${JSON.stringify(url)}

${payload}	req, _ := http.NewRequest("${method}", url, ${body === undefined ? "nil" : "payload"})

${addHeaders === "" ? "" : `${addHeaders}\n`}	res, _ := http.DefaultClient.Do(req)

	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)

	fmt.Println(res)
	fmt.Println(string(body))

}`;
}
