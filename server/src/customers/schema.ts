import { z } from "zod";
import {
  currencyCodeField,
  idField,
  idOutput,
  instantOutput,
  nullableInstantOutput,
  metadataField,
  metadataOutput,
  textField,
  timezoneField,
} from "../http/fields.ts";
import { parseCountryCode } from "./country.ts";

export const countryField = z
  .string()
  .transform((text, context) => {
    const code = parseCountryCode(text);
    if (code !== null) return code;
    context.addIssue({ code: "custom", message: "Must be an ISO 3166-1 alpha-2 country code, like DE." });
    return z.NEVER;
  })
  .meta({ description: "ISO 3166-1 alpha-2.", override: { examples: ["DE"] } });

const addressLine = (description: string) => textField(255, description).nullable().default(null);

const address = z
  .object({
    line1: addressLine("Street and number."),
    line2: addressLine("Flat, floor, building."),
    city: addressLine("City."),
    state: addressLine("State, province or region."),
    postal_code: addressLine("Postal code."),
    country: countryField.nullable().default(null),
  })
  .meta({ id: "AddressInput", title: "AddressInput" });

const Address = z
  .object({
    line1: z.string().nullable(),
    line2: z.string().nullable(),
    city: z.string().nullable(),
    state: z.string().nullable(),
    postal_code: z.string().nullable(),
    country: z.string().nullable().meta({ description: "ISO 3166-1 alpha-2." }),
  })
  .meta({ id: "Address", title: "Address" });

const timezone = timezoneField("IANA timezone: billing periods start at its midnight.");

export const taxStatus = z.enum(["taxable", "exempt", "reverse_charge"]);
const taxStatusText =
  "`taxable` has the taxes of their country, `exempt` has none, `reverse_charge` accounts for them themselves. A tax rate can be reversed by a tax id without it.";

const fields = {
  name: textField(255, "Name of the company or person.").nullable(),
  first_name: textField(255, "First name.").nullable(),
  last_name: textField(255, "Last name.").nullable(),
  email: z.email("Must be an email address.").max(255).nullable().meta({ description: "Where invoices go." }),
  phone: textField(50, "Phone number.").nullable(),
  url: z.url("Must be an absolute URL.").max(2_048).nullable().meta({ description: "Website." }),
  external_id: textField(255, "Your own id of this customer. Not unique.").nullable(),
  billing_address: address.nullable(),
  shipping_address: address.nullable(),
  currency_code: currencyCodeField("Currency of the customer's invoices; null is the company's.").nullable(),
  tax_id: textField(64, "Tax id, as it shall stand on invoices.").nullable(),
  tax_status: taxStatus.meta({ description: taxStatusText }),
  timezone,
  metadata: metadataField,
};

const testClockText = "The test clock by whose time the customer lives; test mode only, and for ever.";

/** The fields of which a customer has at least one. */
export const identifyingFields = ["name", "first_name", "last_name", "email", "external_id"] as const;

export const CustomerCreate = z
  .object({
    name: fields.name.default(null),
    first_name: fields.first_name.default(null),
    last_name: fields.last_name.default(null),
    email: fields.email.default(null),
    phone: fields.phone.default(null),
    url: fields.url.default(null),
    external_id: fields.external_id.default(null),
    billing_address: fields.billing_address.default(null),
    shipping_address: fields.shipping_address.default(null),
    currency_code: fields.currency_code.default(null),
    tax_id: fields.tax_id.default(null),
    tax_status: fields.tax_status.default("taxable"),
    timezone: fields.timezone.default("UTC"),
    metadata: fields.metadata.default({}),
    test_clock_id: idField(testClockText).nullable().default(null),
  })
  .refine(
    (customer) => identifyingFields.some((field) => customer[field] !== null),
    `Give at least one of ${identifyingFields.join(", ")}.`,
  )
  .meta({ id: "CreateCustomerRequest", title: "CreateCustomerRequest" });

export const CustomerUpdate = z
  .object({
    ...z.object(fields).partial().shape,
    // Clearing these goes back to their defaults: a customer always has a timezone and, perhaps empty, metadata.
    tax_status: taxStatus
      .nullable()
      .transform((given) => given ?? ("taxable" as const))
      .optional()
      .meta({ description: taxStatusText }),
    timezone: timezone
      .nullable()
      .transform((given) => given ?? "UTC")
      .optional(),
    metadata: metadataField
      .nullable()
      .transform((given) => given ?? {})
      .optional(),
  })
  .meta({ id: "UpdateCustomerRequest", title: "UpdateCustomerRequest" });

export const Customer = z
  .object({
    id: idOutput("Id of the customer."),
    name: z.string().nullable(),
    first_name: z.string().nullable(),
    last_name: z.string().nullable(),
    email: z.string().nullable(),
    phone: z.string().nullable(),
    url: z.string().nullable(),
    external_id: z.string().nullable().meta({ description: "Your own id of this customer. Not unique." }),
    billing_address: Address.nullable(),
    shipping_address: Address.nullable(),
    currency_code: z.string().nullable().meta({ description: "ISO 4217, lower case; null is the company's." }),
    tax_id: z.string().nullable(),
    tax_status: taxStatus.meta({ description: taxStatusText }),
    timezone: z.string().meta({ description: "IANA timezone: billing periods start at its midnight." }),
    default_payment_method_id: z.string().nullable().meta({
      description: "What is charged when an invoice is collected automatically; null while nothing is saved.",
    }),
    test_clock_id: z.string().nullable().meta({ description: testClockText }),
    metadata: metadataOutput,
    erased_at: nullableInstantOutput("When their personal fields were erased; null if they were not."),
    created_at: instantOutput("When it was created."),
    updated_at: instantOutput("When it last changed."),
  })
  .meta({ id: "Customer", title: "Customer" });

export type Address = z.output<typeof Address>;

/** Where a customer's rows are: every statement about a customer names all three. */
export type CustomerKey = { tenantId: number; bucket: number; customerId: string };

export type CustomerFields = z.output<typeof CustomerCreate>;
export type CustomerPatch = z.output<typeof CustomerUpdate>;
export type CustomerSearch = {
  name?: string | undefined;
  first_name?: string | undefined;
  last_name?: string | undefined;
  external_id?: string | undefined;
};
export type CustomerRow = CustomerFields & {
  customer_id: string;
  default_payment_method_id: string | null;
  /** What time it is for the customer; null is real time. */
  clock_time: Date | null;
  erased_at: Date | null;
  created_at: Date;
  updated_at: Date;
};

export function presentCustomer(row: CustomerRow): z.input<typeof Customer> {
  const { customer_id, erased_at, created_at, updated_at, clock_time: _, ...fields } = row;
  return {
    id: customer_id,
    ...fields,
    erased_at: erased_at?.toISOString() ?? null,
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}
