import assert from "node:assert/strict";
import { test } from "node:test";
import { cardHtml, cardName } from "./card-name.ts";

test("a card is called as its brand writes itself, for the eye as for who has it read aloud", () => {
  const cases: [brand: string, name: string][] = [
    ["visa", "Visa ending in 4242"],
    ["mastercard", "Mastercard ending in 4242"],
    ["amex", "American Express ending in 4242"],
    ["jcb", "JCB ending in 4242"],
    ["unknown", "Card ending in 4242"],
  ];
  for (const [brand, name] of cases) assert.equal(cardName({ brand, last_four: "4242" }), name);
  assert.equal(
    cardHtml({ brand: "visa", last_four: "4242" }).text.replaceAll(/\s+/g, " "),
    '<span aria-hidden="true">Visa •••• 4242</span ><span class="visually-hidden">Visa ending in 4242</span>',
  );
});
