/** How far an import has come, in a file beside the input that is whole at every moment. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";

export type Progress = {
  /** SHA-256 of the key that it is imported with: under another company or mode nothing of it is done. */
  keySha256: string;
  /** How many events were read and have an answer, and the SHA-256 of them: another file is not gone on with. */
  events: number;
  sha256: string;
  recorded: number;
  duplicates: number;
  refused: number;
  /** Decimals' text by the keys of denominations. */
  cost: Record<string, string>;
  /** How long the file of refused events is; what stands behind was written by a run that was cut off. */
  rejectedBytes: number;
};

export function noProgress(keySha256: string): Progress {
  return { keySha256, events: 0, sha256: "", recorded: 0, duplicates: 0, refused: 0, cost: {}, rejectedBytes: 0 };
}

/** Null if there is none. @throws Error if the file is something else. */
export async function readProgress(file: string): Promise<Progress | null> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const progress = JSON.parse(text) as Progress;
    if (typeof progress.sha256 === "string") return progress;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new Error(`${file} is no progress file of an import; delete it, or name another by --progress.`);
}

export async function writeProgress(file: string, progress: Progress): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(progress));
  await rename(`${file}.new`, file);
}

export async function forgetProgress(file: string): Promise<void> {
  await rm(file, { force: true });
}
