import { createTransport } from "nodemailer";
import type { Letter } from "./layout.ts";

/** How mails leave the house. */
export type MailSettings = {
  /** `smtp://user:password@host:port`, or `smtps:` where the connection is encrypted from its start. */
  smtpUrl: string;
  /** The address that mails come from. */
  from: string;
};

export type Envelope = Letter & { messageId: string; senderName: string; recipient: string };

export type MailTransport = {
  /** Resolves when the mail server has taken the mail over. */
  send(envelope: Envelope): Promise<void>;
  close(): void;
};

/** Together far below the time for which a mail is taken, so that nobody else sends it meanwhile. */
const timeouts = { dnsTimeout: 5_000, connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 };

/** Connects when something is sent, and keeps the connection until it is closed. */
export function createTransportTo({ smtpUrl, from }: MailSettings): MailTransport {
  const smtp = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 1,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeouts,
  });
  return {
    send: async ({ messageId, senderName, recipient, subject, text, html }) => {
      await smtp.sendMail({
        from: { name: senderName, address: from },
        // As an object, so that an address is never read as a list of them.
        to: { name: "", address: recipient },
        messageId: `<${messageId}@${from.slice(from.lastIndexOf("@") + 1)}>`,
        headers: { "Auto-Submitted": "auto-generated" },
        subject,
        text,
        html,
      });
    },
    close: () => smtp.close(),
  };
}

/** Whether the mail server has said that it will never take the mail. */
export function isRefusal(error: unknown): boolean {
  const code = (error as { responseCode?: unknown }).responseCode;
  return typeof code === "number" && code >= 550 && code <= 554;
}
