import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import type { Role } from "../../src/dashboard-access/roles.ts";
import { assertAccessible, assertNothingStrayed, picture } from "./browser.ts";
import { startDashboard } from "./staff.ts";

/* What each member may do on the dashboard, by which clocks they see it, and by which keys they get about. */

const { test: api, base, openAs } = await startDashboard("2026-03-28T23:30:00.000Z");

await api.post("/v1/plans", {
  code: "pro",
  name: "Pro",
  fixed_fees: [{ code: "base", amount: "30", currency_code: "usd" }],
});
const { id: customerId } = (await api.post("/v1/customers", { name: "Ada", currency_code: "usd" })).body.customer;
await api.post("/v1/subscriptions", { customer_id: customerId, plan_code: "pro", initial_status: "active" });

async function act(page: Page, button: string, submit: string, fields: Record<string, string> = {}): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).first().click();
  const dialog = page.getByRole("dialog");
  for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
  await dialog.getByRole("button", { name: submit, exact: true }).click();
}

const setTimezone = async (timezone: string) =>
  assert.equal((await api.patch("/v1/company", { timezone })).status, 200);

test("an owner sets the company's timezone, in which every time is shown; a zone that is none is refused at its field", async () => {
  const page = await openAs("owner");
  await page.goto(`${base}/customers`);
  await page.getByText("All times are UTC.").waitFor();
  await page.getByRole("row", { name: /Ada/ }).getByText("2026-03-28 23:30").waitFor();
  await page.goto(`${base}/settings`);
  await act(page, "Edit company", "Save", { Timezone: "Europe/Atlantis" });
  await page.getByRole("dialog").getByText("Must be an IANA timezone, like Europe/Berlin.").first().waitFor();
  assert.equal(await page.getByLabel("Timezone", { exact: true }).getAttribute("aria-invalid"), "true");
  await picture(page, "dashboard-timezone-refused");
  await page.getByLabel("Timezone", { exact: true }).fill("Europe/Berlin");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByText("All times are Europe/Berlin. Billing periods and the months of figures are UTC.").waitFor();
  await page.goto(`${base}/customers`);
  const time = page.getByRole("row", { name: /Ada/ }).getByText("2026-03-29 00:30");
  assert.equal(await time.getAttribute("datetime"), "2026-03-28T23:30:00.000Z");
  await page.getByRole("link", { name: "Ada" }).click();
  await page.getByRole("row", { name: /^Pro v1 .*2026-03-28 – 2026-03-31 UTC/ }).waitFor();
  await assertAccessible(page);
  const [entry] = (await api.get("/v1/audit-log?operation=update-company")).body.audit_entries;
  assert.deepEqual([entry.before, entry.after], [{ timezone: "UTC" }, { timezone: "Europe/Berlin" }]);
});

test("what is typed is meant by the company's clocks: a day from its midnight, a skipped and a doubled hour as the page says", async () => {
  await setTimezone("Europe/Berlin");
  const page = await openAs("owner");
  await page.goto(`${base}/customers/${customerId}`);
  await act(page, "Give credit", "Give credit", { Name: "Spring", Amount: "5", Expires: "2026-07-01" });
  await page
    .getByRole("row", { name: /Spring/ })
    .getByText("2026-07-01 00:00")
    .waitFor();
  const [grant] = (await api.get(`/v1/customers/${customerId}/credit-grants`)).body.credit_grants;
  assert.equal(grant.expires_at, "2026-06-30T22:00:00.000Z");

  await page.goto(`${base}/test-clocks`);
  await page.getByRole("button", { name: "Create clock" }).click();
  const dialog = page.getByRole("dialog");
  const starts = dialog.getByLabel("Starts at (Europe/Berlin)");
  await starts.fill("2026-10-25T02:30");
  await dialog
    .getByText("Clocks go back and show this time twice on this day; the first is used, 2026-10-25 00:30 UTC.")
    .waitFor();
  await starts.fill("2027-03-28T02:30");
  await dialog
    .getByText("Clocks go forward and skip this time on this day; 03:00 is used, 2027-03-28 01:00 UTC.")
    .waitFor();
  await assertAccessible(page);
  await picture(page, "dashboard-skipped-hour");
  await dialog.getByLabel("Name").fill("Jump");
  await dialog.getByRole("button", { name: "Create clock" }).click();
  await page.getByRole("row", { name: /Jump/ }).getByText("2027-03-28 03:00").waitFor();
  const [made] = (await api.get("/v1/test-clocks")).body.test_clocks;
  assert.equal(made.frozen_time, "2027-03-28T01:00:00.000Z");
});

test("a time that is not changed is sent as it was, also where clocks show it twice", async () => {
  await setTimezone("Europe/Berlin");
  // The second 02:30 of that night, which by the clock alone would be the first.
  const frozen = "2026-10-25T01:30:15.123Z";
  const { id } = (await api.post("/v1/test-clocks", { name: "Second", frozen_time: frozen })).body.test_clock;
  const page = await openAs("developer");
  await page.goto(`${base}/test-clocks`);
  await page
    .getByRole("row", { name: /Second/ })
    .getByRole("button", { name: "Move on" })
    .click();
  const dialog = page.getByRole("dialog");
  assert.equal(await dialog.getByLabel("To (Europe/Berlin)").inputValue(), "2026-10-25T02:30");
  const asked = page.waitForRequest(/advance/);
  await dialog.getByRole("button", { name: "Move on" }).click();
  assert.equal((await asked).postDataJSON().frozen_time, frozen);
  assert.equal((await api.get(`/v1/test-clocks/${id}`)).body.test_clock.frozen_time, frozen);
});

test("CSV has instants in UTC whatever the zone", async () => {
  await setTimezone("Asia/Kathmandu");
  const page = await openAs("viewer");
  await page.goto(`${base}/subscriptions`);
  await page.getByText("All times are Asia/Kathmandu.").waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const file = await (await download).createReadStream();
  const text = (await file.toArray()).join("");
  assert.match(text, /2026-03-28T00:00:00\.000Z/);
  await setTimezone("UTC");
});

/** What a role is refused, and who would have been allowed. */
const refused: [Role, path: string, button: string, submit: string, fields: Record<string, string>, needs: string][] = [
  ["viewer", "/settings", "Edit company", "Save", { Timezone: "Europe/Paris" }, "owner or admin"],
  [
    "viewer",
    "/plans",
    "Create plan",
    "Create plan",
    { Name: "X", Code: "x" },
    "owner or admin or finance or developer",
  ],
  [
    "viewer",
    `/customers/${customerId}`,
    "Give credit",
    "Give credit",
    { Name: "X", Amount: "1" },
    "owner or admin or finance",
  ],
  [
    "viewer",
    `/customers/${customerId}`,
    "Erase personal data",
    "Erase personal data",
    {},
    "owner or admin or finance or developer",
  ],
  ["finance", "/settings", "Edit company", "Save", { Timezone: "Europe/Paris" }, "owner or admin"],
  [
    "finance",
    "/test-clocks",
    "Create clock",
    "Create clock",
    { "Starts at (UTC)": "2027-01-01T00:00" },
    "owner or admin or developer",
  ],
  ["finance", "/developers", "Create key", "Create key", { Name: "X" }, "owner or admin or developer"],
  ["developer", "/settings", "Edit company", "Save", { Timezone: "Europe/Paris" }, "owner or admin"],
  [
    "developer",
    "/settings",
    "Add tax rate",
    "Add tax rate",
    { Name: "X", Code: "x", Percent: "1" },
    "owner or admin or finance",
  ],
  [
    "developer",
    `/customers/${customerId}`,
    "Give credit",
    "Give credit",
    { Name: "X", Amount: "1" },
    "owner or admin or finance",
  ],
];

test("what a role may not do the server refuses, and the page says which roles may", async () => {
  const before = (await api.get("/v1/company")).body.company;
  for (const [role, path, button, submit, fields, needs] of refused) {
    const page = await openAs(role);
    await page.goto(base + path);
    await act(page, button, submit, fields);
    const told = page.getByRole("dialog").getByRole("alert");
    await told.getByText(`Your role here is ${role}; this needs ${needs}.`).waitFor();
    await told.getByText(/FORBIDDEN · req_/).waitFor();
    await page.close();
  }
  assert.deepEqual((await api.get("/v1/company")).body.company, before);
});

test("what a role may not see is not shown, and the page says which roles may", async () => {
  for (const [role, path, needs] of [
    ["viewer", "/audit-log", "owner or admin"],
    ["viewer", "/request-log", "owner or admin or developer"],
    ["viewer", "/developers", "owner or admin or developer"],
    ["viewer", "/settings", "owner or admin"],
    ["finance", "/audit-log", "owner or admin"],
    ["finance", "/developers", "owner or admin or developer"],
    ["developer", "/audit-log", "owner or admin"],
  ] as const) {
    const page = await openAs(role);
    await page.goto(base + path);
    await page.getByRole("alert").getByText(`Your role here is ${role}; this needs ${needs}.`).first().waitFor();
    await page.close();
  }
});

test("an admin does all but make an owner, and nobody takes the last owner away", async () => {
  const page = await openAs("admin");
  await page.goto(`${base}/settings`);
  await act(page, "Edit company", "Save", { "Tax id": "DE1" });
  await page.getByText("DE1").waitFor();
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByRole("dialog").getByLabel("Role").selectOption("owner");
  await page.getByRole("dialog").getByLabel("Email").fill("second@example.com");
  await page.getByRole("dialog").getByRole("button", { name: "Invite" }).click();
  await page.getByRole("dialog").getByRole("alert").getByText(/owner/).first().waitFor();
  const owner = await openAs("owner");
  await owner.goto(`${base}/settings`);
  const own = owner.getByRole("row", { name: /olga@example\.com/ });
  await own.getByRole("button", { name: "Change role" }).click();
  assert.equal(await own.getByRole("button", { name: "Remove" }).count(), 0);
  await owner.getByRole("dialog").getByLabel("Role").selectOption("admin");
  await owner.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await owner
    .getByRole("dialog")
    .getByRole("alert")
    .getByText(/LAST_OWNER/)
    .waitFor();
  await owner.keyboard.press("Escape");
  await owner
    .getByRole("row", { name: /admin@example\.com/ })
    .getByRole("button", { name: "Change role" })
    .click();
  await owner.getByRole("dialog").getByLabel("Role").selectOption("owner");
  await owner.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await own.getByRole("button", { name: "Remove" }).waitFor();
});

test("? shows the keys, g and a letter goes to a page, and whoever types is left alone", async () => {
  const page = await openAs("viewer");
  await page.goto(base);
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await assertAccessible(page);
  await picture(page, "dashboard-keys-desktop");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  for (const [letter, title] of [
    ["c", "Customers"],
    ["i", "Invoices"],
    ["l", "Plans"],
    ["h", "Home"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
  }
  await page.keyboard.press("/");
  const palette = page.getByRole("combobox", { name: "Page or customer" });
  await palette.waitFor();
  await palette.pressSequentially("g?i/");
  assert.equal(await palette.inputValue(), "g?i/");
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
  assert.equal(await page.getByRole("dialog").count(), 0);
  assertNothingStrayed();
});
