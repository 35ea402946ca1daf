import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { createSetupLink } from "../../src/dashboard-access/dashboard-access.ts";
import { startTestApp, testPublicUrl } from "../harness.ts";
import { assertAccessible, assertNothingStrayed, openBrowser, picture } from "./browser.ts";

/* What is on record of a change that was made in the dashboard, in a real browser. */

const { app, database, clock, company } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
await app.listen({ host: "127.0.0.1", port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const browser = await openBrowser(origin);
const base = `/dashboard/${company.companyId}/test`;

test("a change is in the audit log with who made it, and what was there before and after", async () => {
  const page = await browser.open();
  const setUp = (await createSetupLink(database, testPublicUrl, clock.now())) as string;
  await page.goto(setUp.slice(testPublicUrl.length));
  await page.getByLabel("Your name").fill("Olga");
  await page.getByLabel("Email").fill("olga@example.com");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  await page.goto(`${base}/customers`);
  await page.getByRole("button", { name: "Create customer" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Ada Lovelace");
  await dialog.getByRole("button", { name: "Create customer" }).click();
  await page.getByRole("heading", { level: 1, name: "Ada Lovelace" }).waitFor();
  const customerId = new URL(page.url()).pathname.split("/").at(-1) as string;
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await dialog.getByLabel("Name", { exact: true }).fill("Ada King");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { level: 1, name: "Ada King" }).waitFor();

  await page.getByRole("link", { name: "Audit log" }).click();
  const entry = page.getByRole("row", { name: /olga.*Updated customer/i });
  await entry.getByRole("button", { name: "Details" }).click();
  const told = page.getByRole("dialog", { name: "Updated customer" });
  await told.getByText(/^olga@example\.com · 2026-03-10 09:00 · request req_/).waitFor();
  await page.getByLabel("Before").getByText("Ada Lovelace").waitFor();
  await page.getByLabel("After").getByText("Ada King").waitFor();
  await assertAccessible(page);
  await picture(page, "audit-entry-desktop-light");
  await page.keyboard.press("Escape");
  // A creation has nothing before it.
  await page
    .getByRole("row", { name: /olga.*Created customer/i })
    .getByRole("button", { name: "Details" })
    .click();
  await page.getByLabel("After").getByText("Ada Lovelace").waitFor();
  assert.ok(!((await page.getByLabel("Before").textContent()) ?? "").includes("Ada"));
  await page.keyboard.press("Escape");
  await page.getByLabel("Operation").fill("update-customer");
  await page.getByLabel("Operation").press("Enter");
  const created = page.getByRole("row", { name: /Created customer/ });
  await created.waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).searchParams.get("operation"), "update-customer");
  await page.getByLabel("Operation").fill("");
  await page.getByLabel("Operation").press("Enter");
  await created.getByRole("button", { name: "Created customer" }).click();
  await entry.waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).searchParams.get("operation"), "create-customer");
  const link = created.getByRole("link", { name: "Ada King" });
  assert.equal(await link.getAttribute("title"), customerId);
  await link.click();
  await page.getByRole("heading", { level: 1, name: "Ada King" }).waitFor();
  assertNothingStrayed();
});
