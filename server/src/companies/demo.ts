import { mkdir, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/db.ts";
import { createCompany } from "./companies.ts";
import * as rows from "./sql.ts";

/** What `demo.json` holds: the way in for whoever has just started Afternoon for the first time. */
export type DemoFile = {
  company_id: string;
  live_api_key: string;
  test_api_key: string;
  base_url: string;
  dashboard_url: string;
};

/**
 * On the very first start, a company `Demo` with a live and a test key, written to `demo.json` (mode 0600) in `folder`: returns
 * what was written. On a later start null, and the file's addresses follow a changed port.
 *
 * The file is on disk before the company is committed and gets its name after: a crash in between leaves either no company
 * or a file that the next start recognises, and never a company whose keys nobody has.
 */
export async function ensureDemoCompany(
  database: Database,
  clock: Clock,
  place: { folder: string; baseUrl: string },
): Promise<DemoFile | null> {
  const file = path.join(place.folder, "demo.json");
  const prepared = `${file}.new`;
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  const created = await database.transaction(async (tx) => {
    await rows.lockCompanies(tx);
    if ((await rows.findCompanyIds(tx)).length > 0) return null;
    const company = await createCompany(tx, { name: "Demo", currencyCode: "usd" }, clock.now());
    const demo: DemoFile = {
      company_id: company.companyId,
      live_api_key: company.liveApiKey,
      test_api_key: company.testApiKey,
      ...addresses(place.baseUrl),
    };
    await writeSecretFile(prepared, demo);
    return demo;
  });
  if (created !== null) {
    await rename(prepared, file);
    return created;
  }
  await finishInterrupted(database, prepared, file);
  await followAddress(file, place.baseUrl);
  return null;
}

function addresses(baseUrl: string): Pick<DemoFile, "base_url" | "dashboard_url"> {
  return { base_url: baseUrl, dashboard_url: `${baseUrl}/dashboard` };
}

/** A crash after the commit left the file under its first name. */
async function finishInterrupted(database: Database, prepared: string, file: string): Promise<void> {
  const demo = await readDemoFile(prepared);
  const companies = await rows.findCompanyIds(database);
  if (demo !== null && companies.includes(demo.company_id)) await rename(prepared, file);
}

async function followAddress(file: string, baseUrl: string): Promise<void> {
  const demo = await readDemoFile(file);
  if (demo === null || demo.base_url === baseUrl) return;
  await writeSecretFile(`${file}.new`, { ...demo, ...addresses(baseUrl) });
  await rename(`${file}.new`, file);
}

/** The file's content, or null where there is none that can be read as ours. */
export async function readDemoFile(file: string): Promise<DemoFile | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as DemoFile;
  } catch {
    return null;
  }
}

async function writeSecretFile(file: string, content: DemoFile): Promise<void> {
  const handle = await open(file, "w", 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
