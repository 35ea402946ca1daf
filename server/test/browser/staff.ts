import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { afterEach } from "node:test";
import type { Page } from "playwright-core";
import { createSetupLink } from "../../src/dashboard-access/dashboard-access.ts";
import type { Role } from "../../src/dashboard-access/roles.ts";
import { startTestApp, testPublicUrl, type TestApp } from "../harness.ts";
import { openBrowser, type widths } from "./browser.ts";

export type Dashboard = TestApp & {
  /** The address of the company's pages in test mode. */
  base: string;
  /** A page of a browser in which a member with the role is signed in. */
  openAs(role: Role, width?: keyof typeof widths): Promise<Page>;
  /** One in which nobody is. */
  open(width?: keyof typeof widths): Promise<Page>;
};

const password = "correct horse battery";

/** A new company's dashboard, as it is built and served, with a member of every role. */
export async function startDashboard(now: string): Promise<Dashboard> {
  const testApp = await startTestApp({ now });
  const { app, database, clock, company } = testApp;
  await app.listen({ host: "127.0.0.1", port: 0 });
  const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const browser = await openBrowser(origin);

  const ask = async (url: string, payload: object, cookie?: string) => {
    const answer = await app.inject({
      method: "POST",
      url,
      payload,
      headers: {
        "afternoon-dashboard": "1",
        "afternoon-company": company.companyId,
        ...(cookie === undefined ? {} : { cookie: `afternoon_session=${cookie}` }),
      },
    });
    assert.equal(answer.statusCode, 201, answer.body);
    return { body: answer.json(), cookie: /afternoon_session=([^;]*)/.exec(String(answer.headers["set-cookie"]))?.[1] };
  };
  // A page that goes on asking would keep the server from closing.
  const opened: Page[] = [];
  afterEach(async () => {
    for (const page of opened.splice(0)) await page.context().close();
  });
  const open = async (width?: keyof typeof widths) => {
    const page = await browser.open(width);
    opened.push(page);
    return page;
  };
  const token = (link: string) => link.slice(link.indexOf("#token=") + "#token=".length);
  const link = (await createSetupLink(database, testPublicUrl, clock.now())) as string;
  const owner = await ask("/v1/auth/setup", { token: token(link), name: "Olga", email: "olga@example.com", password });
  const cookies = new Map<Role, string>([["owner", owner.cookie as string]]);
  const cookieOf = async (role: Role) => {
    const known = cookies.get(role);
    if (known !== undefined) return known;
    const invited = await ask("/v1/members", { email: `${role}@example.com`, role }, owner.cookie);
    const accepted = { token: token(invited.body.invitation_url), name: role, password };
    const { cookie = "" } = await ask("/v1/auth/accept-invitation", accepted);
    cookies.set(role, cookie);
    return cookie;
  };
  return {
    ...testApp,
    base: `/dashboard/${company.companyId}/test`,
    open,
    openAs: async (role, width) => {
      const page = await open(width);
      await page.context().addCookies([{ name: "afternoon_session", value: await cookieOf(role), url: origin }]);
      return page;
    },
  };
}
