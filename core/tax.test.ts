import assert from "node:assert/strict";
import { test } from "node:test";
import { decimal } from "./decimal.ts";
import { isTaxId, taxTreatment, type TaxedCustomer, type TaxRate } from "./tax.ts";

const rate = (code: string, of: Partial<TaxRate> = {}): TaxRate => ({
  code,
  name: code,
  percent: decimal("10"),
  isInclusive: false,
  country: null,
  state: null,
  isReversedByTaxId: false,
  ...of,
});

const rates = [
  rate("elsewhere"),
  rate("de", { country: "DE" }),
  rate("fr", { country: "FR", isReversedByTaxId: true }),
  rate("gst", { country: "CA" }),
  rate("qst", { country: "CA", state: "QC" }),
  rate("pst", { country: "CA", state: "BC" }),
  rate("ny", { country: "US", state: "NY" }),
];

test("rates are found by country and state, unless the customer is exempt or accounts for the tax", () => {
  const cases: [customer: Partial<TaxedCustomer>, status: string, codes: string[]][] = [
    [{}, "taxed", ["elsewhere"]],
    [{ country: "JP" }, "taxed", ["elsewhere"]],
    [{ country: "DE" }, "taxed", ["de"]],
    [{ country: "DE", taxId: "DE123456789" }, "taxed", ["de"]],
    [{ country: "FR" }, "taxed", ["fr"]],
    [{ country: "FR", taxId: "FR 40 303 265 045" }, "reverse_charge", []],
    [{ country: "FR", taxId: "DE123456789" }, "taxed", ["fr"]],
    [{ country: "FR", taxStatus: "exempt" }, "exempt", []],
    [{ country: "DE", taxStatus: "reverse_charge" }, "reverse_charge", []],
    [{ country: "CA" }, "taxed", ["gst"]],
    [{ country: "CA", state: " qc " }, "taxed", ["gst", "qst"]],
    [{ country: "US", state: "NY" }, "taxed", ["ny"]],
    [{ country: "US", state: "OR" }, "taxed", []],
  ];
  for (const [customer, status, codes] of cases) {
    const whole: TaxedCustomer = { taxStatus: "taxable", country: null, state: null, taxId: null, ...customer };
    const treatment = taxTreatment(whole, rates);
    assert.deepEqual(
      [treatment.status, treatment.rates.map(({ code }) => code)],
      [status, codes],
      JSON.stringify(customer),
    );
  }
});

test("without any rate nothing is taxed, and nothing is said of it", () => {
  const customer: TaxedCustomer = { taxStatus: "taxable", country: "DE", state: null, taxId: "DE123456789" };
  assert.deepEqual(taxTreatment(customer, []), { status: "taxed", rates: [] });
});

test("a tax id of the European Union begins with its country; elsewhere any text may be one", () => {
  const cases: [text: string | null, country: string | null, is: boolean][] = [
    ["DE123456789", "DE", true],
    ["de 123 456 789", "DE", true],
    ["ATU12345678", "AT", true],
    ["EL123456789", "GR", true],
    ["GR123456789", "GR", false],
    ["123456789", "DE", false],
    ["DE", "DE", false],
    ["", "GB", false],
    [null, "GB", false],
    ["GB123", "GB", true],
    ["x", null, true],
  ];
  for (const [text, country, is] of cases) assert.equal(isTaxId(text, country), is, `${text} in ${country}`);
});
