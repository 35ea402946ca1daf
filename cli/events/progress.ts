/** How far an import has come, in a file beside the input that is whole at every moment. */
import { readFile, rename, rm, writeFile } from "node:fs/promises";

export type Progress = {
  /** How many events were read and have an answer, and the SHA-256 of them: another file is not gone on with. */
  events: number;
  sha256: string;
  recorded: number;
  duplicates: number;
  refused: number;
  /** By denomination, decimals' text. */
  cost: Record<string, string>;
  /** How long the file of refused events is; what stands behind was written by a run that was cut off. */
  rejectedBytes: number;
};

export const noProgress: Progress = {
  events: 0,
  sha256: "",
  recorded: 0,
  duplicates: 0,
  refused: 0,
  cost: {},
  rejectedBytes: 0,
};

export async function readProgress(file: string): Promise<Progress> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return noProgress;
    throw error;
  }
  try {
    return JSON.parse(text) as Progress;
  } catch (error) {
    throw new Error(`${file} is not a progress file of ours; delete it to import from the beginning.`, {
      cause: error,
    });
  }
}

export async function writeProgress(file: string, progress: Progress): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(progress));
  await rename(`${file}.new`, file);
}

export async function forgetProgress(file: string): Promise<void> {
  await rm(file, { force: true });
}
