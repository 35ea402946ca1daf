import { createCollecting } from "./app.ts";
import { createCatalogReader } from "./catalog/catalog.ts";
import { deleteRemains } from "./customers/customers.ts";
import { deleteEnded, sendResets } from "./dashboard-access/dashboard-access.ts";
import { deleteOldAnswers } from "./http/idempotency.ts";
import { ensureEventMonths } from "./metering/event-months.ts";
import { createTransportTo, sendMails, type MailSettings, type MailTransport } from "./mail/mail.ts";
import { collectDueInvoices, settleWaiting, type StripeAccess } from "./payments/payments.ts";
import type { RecurringJob } from "./platform/jobs.ts";
import { billDue } from "./renewals/renewals.ts";
import { deleteOldRequests } from "./request-log/request-log.ts";
import { workClocks } from "./test-clocks/test-clocks.ts";
import { makeDueTopUps } from "./top-ups/top-ups.ts";
import { deliverWebhooks } from "./webhooks/webhooks.ts";
import { settleDueWallets } from "./wallets/wallets.ts";

/** All recurring work. Each only writes down what is true already: every read computes the same without it. */
export const recurringJobs = ({
  publicUrl,
  mail,
  stripe,
}: {
  publicUrl: string;
  stripe: StripeAccess;
  mail: MailSettings | null;
}): RecurringJob[] => [
  {
    name: "bill_due",
    crontab: "* * * * *",
    run: async ({ database, clock, log }) => {
      const { failures } = await billDue(database, createCatalogReader(clock), clock.now());
      for (const { key, error } of failures)
        log.error({ err: error, customer_id: key.customerId }, "a customer could not be billed");
    },
  },
  {
    name: "settle_wallets",
    crontab: "* * * * *",
    run: async ({ database, clock }) => void (await settleDueWallets(database, clock.now())),
  },
  {
    name: "make_due_top_ups",
    pauseMs: 1_000,
    run: async ({ database, clock, log }) => {
      const { failures } = await makeDueTopUps(database, clock.now());
      for (const { key, error } of failures)
        log.error({ err: error, customer_id: key.customerId }, "a customer's wallets could not be topped up");
    },
  },
  {
    name: "collect_payments",
    pauseMs: 500,
    run: async ({ database, clock, log }) => {
      const collecting = createCollecting(database, createCatalogReader(clock), publicUrl, stripe);
      const collected = await collectDueInvoices(database, collecting, clock.now());
      for (const { invoiceId, error } of collected.failures)
        log.error({ err: error, invoice_id: invoiceId }, "an invoice could not be collected");
      const { failures } = await settleWaiting(database, collecting, clock.now());
      for (const { id, error } of failures)
        log.error({ err: error, id }, "a payment provider could not be told or asked; it is tried again");
    },
  },
  {
    name: "advance_test_clocks",
    pauseMs: 500,
    run: async ({ database, clock, log }) => {
      const catalog = createCatalogReader(clock);
      const collecting = createCollecting(database, catalog, publicUrl, stripe);
      for (const { clockId, error } of await workClocks({ database, clock, catalog, collecting }))
        log.error({ err: error, test_clock_id: clockId }, "a test clock could not be moved; it is tried again");
    },
  },
  {
    name: "send_mails",
    pauseMs: 1_000,
    run: ({ database, clock, log }) =>
      withTransport(mail, async (transport) => {
        const { failures } = await sendMails(database, { transport, publicUrl }, clock);
        for (const { mailId, error } of failures) log.warn({ err: error, mail_id: mailId }, "a mail could not be sent");
      }),
  },
  {
    name: "send_password_resets",
    pauseMs: 1_000,
    run: ({ database, clock, log }) =>
      withTransport(mail, async (transport) => {
        const { failures } = await sendResets(database, { transport, publicUrl }, clock);
        for (const { memberId, error } of failures)
          log.warn({ err: error, member_id: memberId }, "a link for a new password could not be mailed");
      }),
  },
  {
    name: "deliver_webhooks",
    pauseMs: 500,
    run: ({ database, clock }) => deliverWebhooks(database, clock),
  },
  {
    name: "make_event_months",
    crontab: "23 3 * * *",
    run: ({ database, clock }) => ensureEventMonths(database, clock.now()),
  },
  {
    name: "delete_remains",
    crontab: "* * * * *",
    run: ({ database }) => deleteRemains(database),
  },
  {
    name: "forget_sessions",
    crontab: "29 * * * *",
    run: async ({ database, clock }) => deleteEnded(database, clock.now()),
  },
  {
    name: "forget_requests",
    crontab: "*/10 * * * *",
    run: ({ database, clock }) => deleteOldRequests(database, clock.now()),
  },
  {
    name: "forget_idempotency_answers",
    crontab: "17 * * * *",
    run: async ({ database, clock }) => deleteOldAnswers(database, clock.now()),
  },
];

/** Does `work` over one connection to the mail server; without settings of one there is none. */
async function withTransport(
  mail: MailSettings | null,
  work: (transport: MailTransport | null) => Promise<void>,
): Promise<void> {
  const transport = mail === null ? null : createTransportTo(mail);
  try {
    await work(transport);
  } finally {
    transport?.close();
  }
}
