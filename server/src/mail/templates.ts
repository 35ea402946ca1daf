/** What we write to customers: every sentence of every mail is in this file. */
import { formatMinorUnits } from "../../../core/minor-unit.ts";

type Money = { amount_cents: number; currency_code: string };

/**
 * What a mail tells, by its template. Instants are in UTC; `path` is that of a page of ours, which the address of the server is put
 * before.
 */
export type MailContent =
  | ({ template: "invoice_issued"; invoice_number: string; due_at: string | null; path: string } & Money)
  | ({ template: "invoice_due_soon"; invoice_number: string; due_at: string; path: string } & Money)
  | ({ template: "invoice_overdue"; invoice_number: string; due_at: string | null; path: string } & Money)
  | ({ template: "payment_failed"; invoice_number: string; next_try_at: string | null; path: string } & Money)
  | ({ template: "invoice_paid_by_balance"; invoice_number: string; path: string } & Money)
  | ({ template: "payment_receipt"; invoice_number: string; paid_at: string; path: string } & Money)
  | ({ template: "refund_sent"; invoice_number: string; reason: string } & Money)
  | ({ template: "credit_note_issued"; invoice_number: string; credit_note_number: string; reason: string } & Money);

export type MailTemplate = MailContent["template"];

/** What a mail says, before it is laid out. */
export type Message = {
  subject: string;
  paragraphs: string[];
  /** What stands in a table: a label, and what it is. */
  facts: [label: string, text: string][];
  button: { label: string; path: string } | null;
};

/** `content` in words. `day` says the date of an instant as the customer has it. */
export function toMessage(content: MailContent, senderName: string, day: (instant: string) => string): Message {
  const amount = formatMinorUnits(BigInt(content.amount_cents), content.currency_code);
  const invoice: [string, string] = ["Invoice", content.invoice_number];
  switch (content.template) {
    case "invoice_issued":
      return {
        subject: `Invoice ${content.invoice_number} from ${senderName}: ${amount}`,
        paragraphs: [`${senderName} has sent you an invoice.`],
        facts: [invoice, ["Amount due", amount], ...due(content.due_at, day)],
        button: { label: "View and pay", path: content.path },
      };
    case "invoice_due_soon":
      return {
        subject: `Invoice ${content.invoice_number} from ${senderName} is due on ${day(content.due_at)}`,
        paragraphs: ["This is a reminder of an invoice that is due soon. If you have paid it already, thank you."],
        facts: [invoice, ["Amount due", amount], ...due(content.due_at, day)],
        button: { label: "View and pay", path: content.path },
      };
    case "invoice_overdue":
      return {
        subject: `Invoice ${content.invoice_number} from ${senderName} is not paid yet`,
        paragraphs: [
          "We have not received your payment of this invoice. Please pay it now; if you have done so already, thank you.",
        ],
        facts: [invoice, ["Amount due", amount], ...due(content.due_at, day)],
        button: { label: "View and pay", path: content.path },
      };
    case "payment_failed":
      return {
        subject: `Your payment to ${senderName} did not go through`,
        paragraphs: [
          "Your payment method was declined, and nothing was charged.",
          content.next_try_at === null
            ? "We will not try it again by ourselves. Please pay with another card."
            : `We will try it again on ${day(content.next_try_at)}. You can also pay now, with another card.`,
        ],
        facts: [invoice, ["Amount due", amount]],
        button: { label: "Pay with another card", path: content.path },
      };
    case "invoice_paid_by_balance":
      return {
        subject: `Invoice ${content.invoice_number} from ${senderName}: paid from your balance`,
        paragraphs: ["Your balance has paid this invoice. You need not do anything."],
        facts: [invoice, ["Paid from your balance", amount]],
        button: { label: "View the invoice", path: content.path },
      };
    case "payment_receipt":
      return {
        subject: `Receipt from ${senderName}: ${amount}`,
        paragraphs: ["Thank you. We have received your payment."],
        facts: [invoice, ["Amount paid", amount], ["Paid on", day(content.paid_at)]],
        button: { label: "View the invoice", path: content.path },
      };
    case "refund_sent":
      return {
        subject: `Refund from ${senderName}: ${amount}`,
        paragraphs: ["We have sent money back to you, to where it came from. It can take some days to arrive."],
        facts: [invoice, ["Amount refunded", amount], ["Reason", content.reason]],
        button: null,
      };
    case "credit_note_issued":
      return {
        subject: `Credit note ${content.credit_note_number} from ${senderName}: ${amount}`,
        paragraphs: ["We have credited you a part of an invoice. You need not do anything."],
        facts: [
          ["Credit note", content.credit_note_number],
          invoice,
          ["Amount credited", amount],
          ["Reason", content.reason],
        ],
        button: null,
      };
    default:
      return content satisfies never;
  }
}

export function passwordReset(url: string): Message {
  return {
    subject: "Choose a new password for Afternoon",
    paragraphs: [
      "Somebody, probably you, has asked for a new password for the dashboard.",
      "The link works once, for an hour. If you did not ask for it you need not do anything: your password stays as it is.",
    ],
    facts: [],
    button: { label: "Choose a new password", path: url },
  };
}

function due(at: string | null, day: (instant: string) => string): [string, string][] {
  return at === null ? [] : [["Due on", day(at)]];
}
