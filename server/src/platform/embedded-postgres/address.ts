import { randomBytes } from "node:crypto";
import { chmod, lchown, lstat, mkdir, readFile, rmdir, writeFile } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { sha256 } from "../ids.ts";
import type { Account } from "./program.ts";

/** Where PostgreSQL listens: `host` is the directory of a Unix socket, or 127.0.0.1 with a password on Windows. */
export type Address = { host: string; port: number; user: string; database: string; password?: string };

/** The address for `dataDir`, the same at every start on one machine, except for the port on Windows. */
export async function chooseAddress(dataDir: string): Promise<Address> {
  const address = { user: "postgres", database: "afternoon" };
  if (process.platform === "win32") {
    return { ...address, host: "127.0.0.1", port: await freePort(), password: await readOrMakePassword(dataDir) };
  }
  return { ...address, host: socketDirectoryFor(dataDir), port: 5432 };
}

/** `address` as a URL that libpq and `pg` read. Example: `postgres://postgres@%2Ftmp%2Fafternoon-0a1b2c3d4e5f:5432/afternoon`. */
export function connectionStringOf({ host, port, user, database, password }: Address): string {
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
  return `postgres://${login}@${encodeURIComponent(host)}:${port}/${database}`;
}

/** Makes the socket's directory, which `account` and we alone may enter. @throws Error if it is someone else's. */
export async function makeSocketDirectory({ host }: Address, account: Account | null): Promise<void> {
  if (!path.isAbsolute(host)) return;
  await mkdir(path.dirname(host), { recursive: true });
  await mkdir(host, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await makeOurs(host, account);
}

/** Removes the socket's directory, unless something else is in it. */
export async function removeSocketDirectory(address: Address): Promise<void> {
  if (path.isAbsolute(address.host)) await rmdir(address.host).catch(() => undefined);
}

/** Both files by which PostgreSQL shows that a socket is taken: the socket, and the lock with its process id. */
export function socketFiles(address: Address): { socket: string; lock: string } | null {
  if (!path.isAbsolute(address.host)) return null;
  const socket = path.join(address.host, `.s.PGSQL.${address.port}`);
  return { socket, lock: `${socket}.lock` };
}

// A socket's path may have 103 bytes on macOS and 107 on Linux, fewer than many a data directory has.
const longestSocketPath = 103;

function socketDirectoryFor(dataDir: string): string {
  const name = `afternoon-${sha256(dataDir).toString("hex").slice(0, 12)}`;
  const directory = path.join(os.tmpdir(), name);
  return Buffer.byteLength(`${directory}/.s.PGSQL.5432`) <= longestSocketPath ? directory : path.join("/tmp", name);
}

/** Gives `directory` to PostgreSQL's account. In a directory where everyone may write, someone else may have made it first. */
async function makeOurs(directory: string, account: Account | null): Promise<void> {
  const found = await lstat(directory);
  const ourOwnIds = [process.getuid?.(), account?.uid];
  if (!found.isDirectory() || !ourOwnIds.includes(found.uid)) {
    throw new Error(`${directory} is needed for PostgreSQL's socket but belongs to another account; remove it.`);
  }
  if ((found.mode & 0o077) !== 0) await chmod(directory, 0o700);
  if (account !== null) await lchown(directory, account.uid, account.gid);
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The file with the password that protects a TCP port, which every account of the machine can reach. */
export function passwordFileIn(dataDir: string): string {
  return path.join(dataDir, "postgres.password");
}

async function readOrMakePassword(dataDir: string): Promise<string> {
  const file = passwordFileIn(dataDir);
  const made = randomBytes(24).toString("base64url");
  await writeFile(file, made, { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return readFile(file, "utf8");
}
