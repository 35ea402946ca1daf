import { after } from "node:test";
import { SMTPServer } from "smtp-server";
import { createTransportTo, type MailTransport } from "../src/mail/mail.ts";

export type MailServer = { received: { to: string; text: string }[]; transport: MailTransport };

/** A mail server for one test, with a transport that leads to it; while `isBroken` it takes nothing. */
export async function startMailServer(isBroken = () => false): Promise<MailServer> {
  const received: MailServer["received"] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS", "AUTH"],
    onRcptTo: (_address, _session, done) => done(isBroken() ? new Error("not now") : null),
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8").replaceAll("=\r\n", "").replaceAll("=3D", "=");
        received.push({ to: envelope.rcptTo.map(({ address }) => address).join(), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as { port: number };
  const transport = createTransportTo({ smtpUrl: `smtp://127.0.0.1:${port}`, from: "billing@acme.example" });
  after(async () => {
    transport.close();
    await new Promise<void>((resolve) => server.close(resolve));
  });
  return { received, transport };
}
