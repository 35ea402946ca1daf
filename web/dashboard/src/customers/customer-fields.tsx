import type { Customer } from "../../../../sdk/src/generated/types.ts";
import { Field } from "../ui/field.tsx";
import type { Values } from "../ui/form.tsx";

export function CustomerFields({ customer }: { customer?: Customer }) {
  const billing = customer?.billing_address;
  return (
    <>
      <Field label="Name" name="name" defaultValue={customer?.name ?? ""} />
      <Field label="Email" name="email" type="email" hint="Where invoices go." defaultValue={customer?.email ?? ""} />
      <div className="grid grid-cols-2 gap-3">
        <Field label="External id" name="external_id" defaultValue={customer?.external_id ?? ""} />
        <Field
          label="Currency"
          name="currency_code"
          placeholder="as the company"
          defaultValue={customer?.currency_code ?? ""}
        />
        <Field
          label="Timezone"
          name="timezone"
          hint="Periods begin at its midnight."
          defaultValue={customer?.timezone ?? "UTC"}
        />
        <Field label="Tax id" name="tax_id" defaultValue={customer?.tax_id ?? ""} />
        <Field label="Street" name="line1" defaultValue={billing?.line1 ?? ""} />
        <Field label="City" name="city" defaultValue={billing?.city ?? ""} />
        <Field label="Postal code" name="postal_code" defaultValue={billing?.postal_code ?? ""} />
        <Field label="Country" name="country" hint="Two letters." defaultValue={billing?.country ?? ""} />
      </div>
    </>
  );
}

/** The request's body; of an address that `customer` has, what the form does not show stays. */
export function readCustomer(values: Values, customer?: Customer) {
  const street = ["line1", "city", "postal_code", "country"] as const;
  const address = Object.fromEntries(street.map((name) => [name, values.textOrNull(name)]));
  const had = customer?.billing_address;
  const hasAddress = Object.values(address).some((value) => value !== null);
  return {
    name: values.textOrNull("name"),
    email: values.textOrNull("email"),
    external_id: values.textOrNull("external_id"),
    currency_code: values.textOrNull("currency_code"),
    timezone: values.text("timezone") || "UTC",
    tax_id: values.textOrNull("tax_id"),
    billing_address: hasAddress ? { line2: had?.line2 ?? null, state: had?.state ?? null, ...address } : null,
  };
}
