import { after } from "node:test";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { createTransportTo, type MailTransport } from "../src/mail/mail.ts";

/** `text` is `source` without the marks of its transfer encoding. */
type Received = { from: string; to: string[]; source: string; text: string };

export type MailServer = { received: Received[]; transport: MailTransport; stop(): Promise<void> };

/** A mail server for one test, with a transport that leads to it; `onRecipient` is what it says to a recipient. */
export async function startMailServer(
  onRecipient: SMTPServerOptions["onRcptTo"] = (_address, _session, done) => done(),
): Promise<MailServer> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onRcptTo: onRecipient,
    onData: (stream, { envelope: { mailFrom, rcptTo } }, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const source = Buffer.concat(chunks).toString("utf8");
        received.push({
          from: mailFrom === false ? "" : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          source,
          text: source.replaceAll("=\r\n", "").replaceAll("=3D", "="),
        });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  const transport = createTransportTo({ smtpUrl: `smtp://127.0.0.1:${port}`, from: "billing@acme.example" });
  const stop = async () => {
    transport.close();
    await new Promise<void>((resolve) => server.close(resolve));
  };
  after(stop);
  return { received, transport, stop };
}
