/** Which taxes an invoice has, by where its customer is and what they are. */
import type { Decimal } from "./decimal.ts";
import type { TaxTerm } from "./invoice-totals.ts";

/** What a customer is to tax, as the company says. */
export type TaxStatus = "taxable" | "exempt" | "reverse_charge";

export type TaxRate = TaxTerm & {
  code: string;
  /** As invoices show it. Example: VAT. */
  name: string;
  percent: Decimal;
  /** Null is wherever no other rate is for. */
  country: string | null;
  /** Null is all of the country. */
  state: string | null;
  /** Whether customers with a tax id there account for the tax themselves. */
  isReversedByTaxId: boolean;
};

export type TaxedCustomer = {
  taxStatus: TaxStatus;
  country: string | null;
  state: string | null;
  taxId: string | null;
};

/** With the rates that apply; none for who is exempt, and none where the customer accounts for the tax. */
export type TaxTreatment = { status: "taxed" | "exempt" | "reverse_charge"; rates: TaxRate[] };

/**
 * How a customer is taxed. Where rates are for their country, all of those apply that are for their state or for all of it, beside each other;
 * elsewhere those do that are for no country. A reversed rate needs a tax id that can be one.
 */
export function taxTreatment(customer: TaxedCustomer, rates: readonly TaxRate[]): TaxTreatment {
  if (customer.taxStatus !== "taxable") return { status: customer.taxStatus, rates: [] };
  const applying = ratesFor(customer, rates);
  const owed = applying.filter((rate) => !(rate.isReversedByTaxId && isTaxId(customer.taxId, customer.country)));
  if (owed.length === 0 && applying.length > 0) return { status: "reverse_charge", rates: [] };
  return { status: "taxed", rates: owed };
}

function ratesFor({ country, state }: TaxedCustomer, rates: readonly TaxRate[]): TaxRate[] {
  const ofCountry = rates.filter((rate) => rate.country !== null && rate.country === country);
  if (ofCountry.length === 0) return rates.filter((rate) => rate.country === null);
  return ofCountry.filter((rate) => rate.state === null || sameText(rate.state, state));
}

const sameText = (a: string, b: string | null) => a.toLowerCase() === b?.trim().toLowerCase();

/** Member states of the European Union, whose VAT numbers begin with their code; Greece's with EL (Directive 2006/112/EC, article 215). */
const unionCountries = new Set(
  "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(" "),
);

/**
 * Whether a text can be a tax id of the country. In the European Union it needs the country's letters and 2 to 12 more characters; elsewhere
 * it needs to be there. Whether it is registered only its register knows.
 */
export function isTaxId(text: string | null, country: string | null): boolean {
  const id = (text ?? "").replaceAll(/[\s.-]/g, "").toUpperCase();
  if (country === null || !unionCountries.has(country)) return id !== "";
  const prefix = country === "GR" ? "EL" : country;
  return id.startsWith(prefix) && /^[A-Z]{2}[0-9A-Z+*]{2,12}$/.test(id);
}
