/** What must be read again and may not lie about readable: keys of payment providers and the like. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { access, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";

export type Secrets = { seal(text: string): Buffer; open(sealed: Buffer): string };

const keyBytes = 32;
const ivBytes = 12;
const tagBytes = 16;
/** Stands first in what is sealed, so that another form can be told apart one day. */
const form = 1;

/** Seals by AES-256-GCM: who has the database and not the key reads nothing, and what was changed does not open. */
export function createSecrets(key: Buffer): Secrets {
  if (key.length !== keyBytes) throw new Error(`a key for secrets has ${keyBytes} bytes, not ${key.length}`);
  return {
    seal: (text) => {
      // At random: two seals of the same text tell nothing of each other.
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
      const content = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.from([form]), iv, cipher.getAuthTag(), content]);
    },
    open: (sealed) => {
      const iv = sealed.subarray(1, 1 + ivBytes);
      const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: tagBytes });
        decipher.setAuthTag(tag);
        const content = sealed.subarray(1 + ivBytes + tagBytes);
        return Buffer.concat([decipher.update(content), decipher.final()]).toString("utf8");
      } catch (cause) {
        throw new Error(
          "A secret in the database cannot be opened: SECRET_KEY is not the one that it was sealed with.",
          {
            cause,
          },
        );
      }
    },
  };
}

/** The key of this server: the one that is configured, else that of a file beside the data, made at the first start. */
export async function findSecretKey({ secretKey, dataDir }: { secretKey: string | null; dataDir: string }) {
  if (secretKey !== null) return Buffer.from(secretKey, "hex");
  const file = path.join(dataDir, "secret.key");
  try {
    await mkdir(dataDir, { recursive: true });
    await writeOnce(file, `${randomBytes(keyBytes).toString("hex")}\n`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const key = Buffer.from((await readFile(file, "utf8")).trim(), "hex");
  if (key.length !== keyBytes) throw new Error(`${file} must hold 64 hexadecimal digits; restore it from a backup.`);
  return key;
}

/** Of processes that start together one makes the file, and whoever sees it sees all of it: it is whole before it has its name. */
async function writeOnce(file: string, text: string): Promise<void> {
  if (await exists(file)) return;
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  await writeFile(draft, text, { flag: "wx", mode: 0o600 });
  try {
    await link(draft, file);
  } finally {
    await rm(draft);
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
