import { z } from "zod";
import { customerKey } from "../customers/customers.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idField, idParam } from "../http/fields.ts";
import { readOperation, writeOperation, type Operation, type Tag } from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import { getMail, letterOf, listMails, resendMail } from "./mail.ts";
import { Mail, mailStatus, presentMail, presentWholeMail, WholeMail } from "./schema.ts";

const tag: Tag = {
  name: "mails",
  title: "Mails",
  description: "What is mailed to your customers: invoices, reminders, receipts. Also what was only kept.",
};

const params = { id: idParam("MAIL_NOT_FOUND") };

/** `publicUrl`: where the pages are that mails link to. */
export const mailOperations = (publicUrl: string): Operation[] => [
  readOperation({
    path: "/v1/mails",
    operationId: "list-mails",
    sdk: "mails.list",
    tag,
    summary: "List mails",
    description: "Returns mails to your customers, newest first, without what they say.",
    query: z.object({
      ...pageQuery,
      customer_id: idField("Only those to this customer.").optional(),
      status: mailStatus.optional().meta({ description: "Only those." }),
    }),
    responses: { 200: listSchema("MailListResponse", "mails", Mail) },
    handle: async ({ db, tenant }, { query }) => {
      const filter = {
        customer: query.customer_id === undefined ? null : customerKey(tenant, query.customer_id),
        status: query.status ?? null,
      };
      const page = { after: readCursor(query.cursor, idPosition), limit: query.limit };
      const { items, pagination } = await listMails(db, tenant, filter, page);
      return { mails: items.map((mail) => presentMail(mail, letterOf(mail, publicUrl))), pagination };
    },
  }),
  readOperation({
    path: "/v1/mails/{id}",
    operationId: "get-mail",
    sdk: "mails.get",
    tag,
    summary: "Get a mail",
    description: "Returns a mail with what it says, as text and as HTML.",
    params,
    responses: { 200: successSchema("MailResponse", { mail: WholeMail }, "The mail") },
    handle: async ({ db, tenant }, { params: { id } }) => {
      const mail = await getMail(db, tenant, id);
      return { mail: presentWholeMail(mail, letterOf(mail, publicUrl)) };
    },
  }),
  writeOperation({
    method: "POST",
    path: "/v1/mails/{id}/resend",
    operationId: "resend-mail",
    sdk: "mails.resend",
    tag,
    summary: "Send a mail again",
    description:
      "Makes a new mail that says the same, to the address that the customer has now. While mails are off it is kept.",
    params,
    responses: { 201: successSchema("NewMailResponse", { mail: WholeMail }, "The new mail") },
    errors: ["MAIL_ADDRESS_MISSING"],
    handle: async ({ tx, tenant, now }, { params: { id } }) => {
      const mail = await resendMail(tx, tenant, id, now);
      return { mail: presentWholeMail(mail, letterOf(mail, publicUrl)) };
    },
  }),
];
