import { z } from "zod";
import { idOutput, instantOutput } from "../http/fields.ts";
import type { Letter } from "./layout.ts";
import type { MailContent } from "./templates.ts";

export const mailStatus = z.enum(["kept", "waiting", "sent", "failed"]);

const mailTemplate = z.enum([
  "invoice_issued",
  "invoice_due_soon",
  "invoice_overdue",
  "payment_failed",
  "invoice_paid_by_balance",
  "payment_receipt",
  "refund_sent",
  "credit_note_issued",
]);

const mailFields = {
  id: idOutput("Id of the mail; its Message-ID is made of it."),
  customer_id: idOutput("Whom it is to."),
  template: mailTemplate.meta({ description: "What it tells." }),
  status: mailStatus.meta({
    description:
      "`kept`: it stays here, because mails are off in this mode or the server has no mail server. `waiting`: it is sent, or tried again. `sent`: the mail server has taken it. `failed`: it could not be sent.",
  }),
  recipient: z.string().meta({ description: "The address it goes to: the customer's as it was then." }),
  subject: z.string().meta({ description: "Its subject." }),
  attempts: z.int().meta({ description: "How often it was tried to be sent." }),
  last_error: z
    .string()
    .nullable()
    .meta({ description: "Why it could not be sent when last tried; null if it could." }),
  created_at: instantOutput("When what it tells of happened."),
  sent_at: z.string().nullable().meta({ description: "When the mail server took it; null before." }),
};

export const Mail = z.object(mailFields).meta({ id: "Mail", title: "Mail" });

export const WholeMail = z
  .object({
    ...mailFields,
    text: z.string().meta({ description: "What it says, as plain text." }),
    html: z.string().meta({ description: "What it says, as an HTML document that loads nothing." }),
  })
  .meta({ id: "WholeMail", title: "WholeMail" });

export type MailRow = {
  customer_id: string;
  mail_id: string;
  template: MailContent["template"];
  content: MailContent;
  recipient: string;
  sender_name: string;
  timezone: string | null;
  status: z.output<typeof mailStatus>;
  subject: string | null;
  text_body: string | null;
  html_body: string | null;
  attempts: number;
  send_at: Date | null;
  last_error: string | null;
  created_at: Date;
  sent_at: Date | null;
};

export function presentMail(row: MailRow, { subject }: Letter): z.input<typeof Mail> {
  return {
    id: row.mail_id,
    customer_id: row.customer_id,
    template: row.template,
    status: row.status,
    recipient: row.recipient,
    subject,
    attempts: row.attempts,
    last_error: row.last_error,
    created_at: row.created_at.toISOString(),
    sent_at: row.sent_at?.toISOString() ?? null,
  };
}

export function presentWholeMail(row: MailRow, letter: Letter): z.input<typeof WholeMail> {
  return { ...presentMail(row, letter), text: letter.text, html: letter.html };
}
