/** How a mail looks: as plain text, and as HTML that brings everything along. */
import { passwordReset, toMessage, type MailContent, type Message } from "./templates.ts";

export type Letter = { subject: string; text: string; html: string };

/** What a mail is written with beside its content. */
export type Correspondence = {
  senderName: string;
  /** Of the customer; null is UTC. */
  timezone: string | null;
  /** Where our pages are. */
  publicUrl: string;
};

/** The mail as its reader gets it. Whatever is put into the HTML is escaped. */
export function writeLetter(content: MailContent, { senderName, timezone, publicUrl }: Correspondence): Letter {
  const dates = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: timezone ?? "UTC" });
  const sender = inOneLine(senderName);
  const message = toMessage(content, sender, (instant) => dates.format(new Date(instant)));
  return layOut(message, sender, publicUrl);
}

/** The mail to a member of the dashboard who wants another password, which they choose at `url`. It is of no company: they may be in several. */
export function writePasswordReset(url: string): Letter {
  return layOut(passwordReset(url), "Afternoon", "");
}

function layOut(message: Message, sender: string, publicUrl: string): Letter {
  const button = message.button === null ? null : { label: message.button.label, url: publicUrl + message.button.path };
  const text = [
    ...message.paragraphs,
    ...(message.facts.length === 0
      ? []
      : [message.facts.map(([label, fact]) => `${label}: ${inOneLine(fact)}`).join("\n")]),
    ...(button === null ? [] : [`${button.label}: ${button.url}`]),
    sender,
  ].join("\n\n");
  const facts = message.facts.map(
    ([label, fact]) =>
      `<tr><td class="quiet" style="${cell}padding-right:16px;white-space:nowrap;color:#5b6472">${escape(label)}</td><td style="${cell}text-align:right;font-weight:600">${escape(fact)}</td></tr>`,
  );
  const body = [
    `<p class="quiet" style="margin:0 0 24px;font-size:15px;color:#5b6472">${escape(sender)}</p>`,
    ...message.paragraphs.map((paragraph) => `<p style="margin:0 0 16px">${escape(paragraph)}</p>`),
    `<table role="presentation" width="100%" cellspacing="0" cellpadding="0" style="margin:8px 0 24px">${facts.join("")}</table>`,
    ...(button === null
      ? []
      : [
          `<p style="margin:0"><a class="button" href="${escape(button.url)}" style="${buttonStyle}">${escape(button.label)}</a></p>`,
        ]),
  ].join("\n");
  return { subject: message.subject, text: `${text}\n`, html: page(message.subject, body) };
}

const cell = "padding:10px 0;border-bottom:1px solid #d9dee5;font-size:15px;vertical-align:top;overflow-wrap:anywhere;";
const buttonStyle =
  "display:inline-block;padding:12px 20px;border-radius:6px;background:#1f3a5f;color:#ffffff;text-decoration:none;font-weight:600";

/** Colours in the dark come by classes: styles of an element cannot ask which it is, and readers that know no dark keep them. */
const darkStyle = `@media (prefers-color-scheme: dark) {
  body, .page { background: #14171c !important; color: #e8ebf0 !important; }
  .sheet { background: #1d2128 !important; border-color: #343a45 !important; }
  .sheet td { border-color: #343a45 !important; }
  .quiet { color: #a3acba !important; }
  .button { background: #a9c8f0 !important; color: #10243d !important; }
}`;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escape(title)}</title>
<style>${darkStyle}</style>
</head>
<body style="margin:0;background:#f3f5f8;color:#1b2027">
<table class="page" role="presentation" width="100%" cellspacing="0" cellpadding="0" style="background:#f3f5f8;color:inherit"><tr><td align="center" style="padding:24px 12px">
<div class="sheet" style="max-width:520px;margin:0 auto;padding:32px 28px;text-align:left;background:#ffffff;border:1px solid #d9dee5;border-radius:10px;font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5">
${body}
</div>
</td></tr></table>
</body>
</html>
`;
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] as string);
}

/** A line break in a name would let it write lines of its own: into the text, or into the mail's head. */
function inOneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim();
}
