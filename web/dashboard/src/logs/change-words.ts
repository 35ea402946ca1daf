/** What an entry of the audit log says was done, in words: "create-invoice-line-item" → "Created invoice line item". */
export function wordsOf(operation: string): string {
  // What Afternoon did by itself is named as webhook events are, and they are in the past already: "top_up.created".
  const [verb = "", ...object] = operation.split(/[-_.]/);
  const said = operation.includes(".") ? verb : pastOf(verb);
  return [said.charAt(0).toUpperCase() + said.slice(1), ...object].join(" ").replaceAll(/\bapi\b/g, "API");
}

/** A kind of thing in words: "api_key" → "API key". */
export function kindOf(resourceType: string): string {
  return resourceType.replaceAll("_", " ").replaceAll(/\bapi\b/g, "API");
}

const irregular: Record<string, string> = { make: "made", pay: "paid", resend: "resent", reset: "reset", set: "set" };

function pastOf(verb: string): string {
  const known = irregular[verb];
  if (known !== undefined) return known;
  if (verb.endsWith("e")) return `${verb}d`;
  return verb.endsWith("ry") ? `${verb.slice(0, -1)}ied` : `${verb}ed`;
}
