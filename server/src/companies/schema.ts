import { z } from "zod";
import { idOutput, instantOutput, textField, timezoneField } from "../http/fields.ts";
import type { ApiKeyRow } from "./sql.ts";

/** Thirty days. Longer, and the drafts of a monthly plan would pile up. */
const maxGraceHours = 720;

export const graceHours = z
  .int("Must be a whole number.")
  .min(0, "Must be at least 0.")
  .max(maxGraceHours, `Must be at most ${maxGraceHours}.`);

export const finalization = z.enum(["automatic", "manual"]);

/** A switch. */
const onOrOff = z.enum(["on", "off"]);

const reminderDays = z.int("Must be a whole number.").min(0, "Must be at least 0.").max(60, "Must be at most 60.");

const companyText = {
  mails:
    "Whether mails to your customers are sent in this mode. `off` keeps them to be looked at; test mode starts so.",
  reminderDays: "How many days before an invoice is due its customer is reminded by mail; 0 is never.",
  graceHours:
    "Hours after a period's end in which late usage still lands on its draft invoice, for plans that say nothing else.",
  finalization:
    "For plans that say nothing else. `automatic`: drafts are finalized as that time ends. `manual`: they wait for you.",
  timezone:
    "IANA timezone in which the dashboard shows instants and reads the dates that people type. Nothing is billed by it: billing periods and what customers see follow the customer's own.",
};

const prefix = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9/-]{0,11}$/, "Must be 1 to 12 letters, digits, hyphens or slashes, like ACME-.");
const prefixText = (of: string) =>
  `What the numbers of ${of} begin with, each mode's its own. They go on counting without a gap; those given already stay as they are.`;

const imageForms = [Buffer.from([0x89, 0x50, 0x4e, 0x47]), Buffer.from([0xff, 0xd8, 0xff])];
const maxLogoBytes = 102_400;

const logo = z
  .base64("Must be base64.")
  .transform((text) => Buffer.from(text, "base64"))
  .refine((image) => image.length <= maxLogoBytes, "Must be at most 100 kB.")
  .refine(
    (image) => imageForms.some((start) => image.subarray(0, start.length).equals(start)),
    "Must be a PNG or a JPEG.",
  )
  .meta({ override: { type: "string" } });

const invoiceText = {
  address: "Your address as invoices show it, several lines.",
  taxId: "Your tax id as invoices show it.",
  email: "Where customers ask about invoices.",
  footer: "A text below every invoice, for instance how to transfer money to you.",
  logo: "A PNG or JPEG of at most 100 kB, as base64; null takes it away. Invoices that are final keep the one they had.",
};

export const CompanyUpdate = z
  .object({
    address: textField(500, invoiceText.address).nullable().optional(),
    tax_id: textField(64, invoiceText.taxId).nullable().optional(),
    email: z.email("Must be an email address.").max(255).nullable().optional().meta({ description: invoiceText.email }),
    invoice_footer: textField(1_000, invoiceText.footer).nullable().optional(),
    logo: logo.nullable().optional().meta({ description: invoiceText.logo }),
    invoice_prefix: prefix.optional().meta({ description: prefixText("invoices") }),
    credit_note_prefix: prefix.optional().meta({ description: prefixText("credit notes") }),
    invoice_grace_hours: graceHours.optional().meta({ description: companyText.graceHours }),
    invoice_finalization: finalization.optional().meta({ description: companyText.finalization }),
    invoice_reminder_days: reminderDays.optional().meta({ description: companyText.reminderDays }),
    mails: onOrOff.optional().meta({ description: companyText.mails }),
    timezone: timezoneField(companyText.timezone).optional(),
  })
  .meta({ id: "UpdateCompanyRequest", title: "UpdateCompanyRequest" });

export type CompanyPatch = z.output<typeof CompanyUpdate>;

export const Company = z
  .object({
    name: z.string(),
    currency_code: z
      .string()
      .meta({ description: "ISO 4217, lower case: that of invoices whose customer has none of their own." }),
    invoice_prefix: z.string().meta({ description: prefixText("invoices") }),
    credit_note_prefix: z.string().meta({ description: prefixText("credit notes") }),
    invoice_grace_hours: z.int().meta({ description: companyText.graceHours }),
    invoice_finalization: finalization.meta({ description: companyText.finalization }),
    invoice_reminder_days: z.int().meta({ description: companyText.reminderDays }),
    mails: onOrOff.meta({ description: companyText.mails }),
    timezone: z.string().meta({ description: companyText.timezone }),
    address: z.string().nullable().meta({ description: invoiceText.address }),
    tax_id: z.string().nullable().meta({ description: invoiceText.taxId }),
    email: z.string().nullable().meta({ description: invoiceText.email }),
    invoice_footer: z.string().nullable().meta({ description: invoiceText.footer }),
    has_logo: z.boolean().meta({ description: "Whether invoices show a logo." }),
  })
  .meta({ id: "Company", title: "Company" });

export const ApiKeyCreate = z
  .object({ name: textField(255, "What the key is for.").nullable().default(null) })
  .meta({ id: "CreateApiKeyRequest", title: "CreateApiKeyRequest" });

const apiKeyFields = {
  id: idOutput("Id of the key."),
  name: z.string().nullable().meta({ description: "What the key is for." }),
  mode: z.enum(["live", "test"]).meta({ description: "Which data it opens: live or test." }),
  last_four: z.string().meta({ description: "The key's last four characters, to recognise it by." }),
  created_at: instantOutput("When it was created."),
  revoked_at: z.string().nullable().meta({ description: "When it was revoked; null while it is valid." }),
};

export const ApiKey = z.object(apiKeyFields).meta({ id: "ApiKey", title: "ApiKey" });

export const NewApiKey = z
  .object({
    ...apiKeyFields,
    key: z.string().meta({ description: "The whole key. Shown only here: only its hash is stored." }),
  })
  .meta({ id: "NewApiKey", title: "NewApiKey" });

export function presentApiKey(row: ApiKeyRow, mode: "live" | "test"): z.input<typeof ApiKey> {
  return {
    id: row.api_key_id,
    name: row.name,
    mode,
    last_four: row.last_four,
    created_at: row.created_at.toISOString(),
    revoked_at: row.revoked_at?.toISOString() ?? null,
  };
}
