import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { createSetupLink, sendResets } from "../../src/dashboard-access/dashboard-access.ts";
import { totpCode } from "../../src/dashboard-access/totp.ts";
import { startTestApp, testPublicUrl } from "../harness.ts";
import { startMailServer } from "../mail-server.ts";
import { assertAccessible, assertNothingStrayed, openBrowser, picture } from "./browser.ts";

/* How a member gets in, from end to end in a real browser. */

const { app, database, clock, company } = await startTestApp({ now: "2026-03-10T09:00:00.000Z" });
await app.listen({ host: "127.0.0.1", port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const browser = await openBrowser(origin);
const base = `/dashboard/${company.companyId}/test`;

const email = "olga@example.com";
let password = "correct horse battery";
const pathOf = (link: string) => link.slice(testPublicUrl.length);

async function signIn(page: Page): Promise<void> {
  await page.goto("/dashboard/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const isIn = (page: Page) => page.getByRole("heading", { level: 1, name: "Home" }).waitFor();

async function giveCode(page: Page, code: string): Promise<void> {
  await page.getByLabel("Code").fill(code);
  await page.getByRole("button", { name: "Sign in" }).click();
}

async function becomeOwner(page: Page): Promise<void> {
  await page.goto(pathOf((await createSetupLink(database, testPublicUrl, clock.now())) as string));
  await page.getByLabel("Your name").fill("Olga");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create the account" }).click();
  await isIn(page);
}

test("there is an owner", async () => {
  const page = await browser.open();
  await becomeOwner(page);
});

let secret = "";
let recoveryCodes: string[] = [];

/** What the member's app shows now. */
const appCode = () => totpCode(base32Bytes(secret), Math.floor(clock.now().getTime() / 30_000));

test("a second factor is set up with the app's code, and its recovery codes are shown once", async () => {
  const page = await browser.open();
  await signIn(page);
  await isIn(page);
  await page.goto(`${base}/settings`);
  await page.getByRole("button", { name: "Set up an authenticator app" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password").fill(password);
  await dialog.getByRole("button", { name: "Go on" }).click();
  const shown = (await page.locator('code[aria-label="Secret"]').textContent()) ?? "";
  assert.match(shown, /^(?:[A-Z2-7]{4} )+[A-Z2-7]{1,4}$/);
  secret = shown.replaceAll(" ", "");
  await page.getByRole("img", { name: "QR code of the secret" }).waitFor();
  assert.ok(!(await page.content()).includes("otpauth:"));
  await assertAccessible(page);
  await picture(page, "second-factor-desktop-light");
  await dialog.getByLabel("Code", { exact: true }).fill("000000");
  await dialog.getByRole("button", { name: "Confirm" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Code", { exact: true }).fill(appCode());
  await dialog.getByRole("button", { name: "Confirm" }).click();
  const codes = page.locator('code[aria-label="Recovery codes"]');
  recoveryCodes = ((await codes.textContent()) ?? "").split(/\s+/).filter(Boolean);
  assert.ok(recoveryCodes.length >= 8, recoveryCodes.join());
  await assertAccessible(page);
  await picture(page, "recovery-codes-desktop-light");
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.getByText("An authenticator app is asked for as you sign in.").waitFor();
  await page.reload();
  await page.getByText("An authenticator app is asked for as you sign in.").waitFor();
  const content = await page.content();
  assert.ok(!content.includes(secret) && !recoveryCodes.some((code) => content.includes(code)));
});

test("the password alone signs nobody in any more; the app's code does, once", async () => {
  clock.advance(60_000);
  const page = await browser.open();
  await signIn(page);
  await page.getByLabel("Code").waitFor();
  await assertAccessible(page);
  // An address within leads here, and afterwards on to what was asked for.
  await page.goto(`${base}/audit-log`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await giveCode(page, "000000");
  await page.getByRole("alert").filter({ hasText: /code/i }).waitFor();
  const code = appCode();
  await giveCode(page, code);
  await page.getByRole("heading", { level: 1, name: "Audit log" }).waitFor();
  const other = await browser.open();
  await signIn(other);
  await giveCode(other, code);
  await other.getByRole("alert").filter({ hasText: /code/i }).waitFor();
});

test("a recovery code stands in for the app, once", async () => {
  const [code = ""] = recoveryCodes;
  const page = await browser.open();
  await signIn(page);
  await giveCode(page, code);
  await isIn(page);
  const again = await browser.open();
  await signIn(again);
  await giveCode(again, code);
  await again.getByRole("alert").filter({ hasText: /code/i }).waitFor();
});

test("who forgot the password is mailed a link, chooses another, and signs in with it and the second factor; who was signed in is no more", async () => {
  const { received, transport } = await startMailServer();
  clock.advance(60_000);
  const before = await browser.open();
  await signIn(before);
  await giveCode(before, appCode());
  await isIn(before);

  const page = await browser.open();
  await page.goto("/dashboard/sign-in");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Send a link" }).click();
  await page.getByRole("heading", { name: "Check your email" }).waitFor();
  await assertAccessible(page);
  await sendResets(database, { transport, publicUrl: testPublicUrl }, clock);
  const [mail] = received;
  assert.deepEqual(mail?.to, [email]);
  const link = /https:\S+#token=[\w-]{43}/.exec(mail?.text ?? "")?.[0] as string;

  await page.goto(pathOf(link));
  await page.getByLabel("Password").fill("short");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("alert").first().waitFor();
  assert.equal(await page.getByLabel("Password").getAttribute("aria-invalid"), "true");
  await assertAccessible(page);
  await picture(page, "reset-desktop-light");
  const forgotten = password;
  password = "another horse battery";
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();

  clock.advance(60_000);
  await before.reload();
  await before.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(forgotten);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").first().waitFor();
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await giveCode(page, appCode());
  await isIn(page);

  const late = await browser.open();
  await late.goto(pathOf(link));
  await late.getByLabel("Password").fill("a third horse battery");
  await late.getByRole("button", { name: "Set the password" }).click();
  await late.getByRole("alert").first().waitFor();
});

test("the second factor is turned off by the password, and then that is enough", async () => {
  clock.advance(60_000);
  const page = await browser.open();
  await signIn(page);
  await giveCode(page, appCode());
  await isIn(page);
  await page.goto(`${base}/settings`);
  await page.getByRole("button", { name: "Turn it off" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Password").fill(password);
  await dialog.getByRole("button", { name: "Turn it off" }).click();
  await page.getByRole("button", { name: "Set up an authenticator app" }).waitFor();
  const other = await browser.open();
  await signIn(other);
  await isIn(other);
  assertNothingStrayed();
});

/** The bytes that an app reads from the secret (RFC 4648). */
function base32Bytes(text: string): Buffer {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = Array.from(text, (character) => alphabet.indexOf(character).toString(2).padStart(5, "0")).join("");
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}
