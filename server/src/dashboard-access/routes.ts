import { z } from "zod";
import { writeMemberEntry } from "../audit-log/audit-log.ts";
import { listSchema, successSchema } from "../http/envelope.ts";
import { idOutput, idParam } from "../http/fields.ts";
import type { SignedIn } from "../http/authentication.ts";
import {
  forMembers,
  memberOperation,
  readOperation,
  visitorOperation,
  writeOperation,
  type Operation,
  type OperationContext,
  type Tag,
} from "../http/operation.ts";
import { idPosition, pageQuery, readCursor } from "../http/pagination.ts";
import type { Transaction } from "../platform/db.ts";
import {
  acceptInvitation,
  changePassword,
  changeRole,
  checkCredentials,
  getPerson,
  getSession,
  invite,
  listPeople,
  removePerson,
  setUp,
  signIn,
  signOut,
} from "./dashboard-access.ts";
import {
  DashboardSession,
  InvitationAccept,
  Member,
  MemberInvite,
  MemberUpdate,
  PasswordChange,
  presentMember,
  presentSession,
  SetUp,
  SignIn,
} from "./schema.ts";
import { cookieOf } from "./sessions.ts";
import type { MemberRow } from "./sql.ts";

const tag: Tag = {
  name: "dashboard",
  title: "Dashboard access",
  description: "How people sign in to the dashboard, and who they are. Programs use API keys instead.",
};

const SessionResponse = successSchema("DashboardSessionResponse", { session: DashboardSession }, "The session");
const MemberResponse = successSchema("MemberResponse", { member: Member }, "The member");
const params = { id: idParam("MEMBER_NOT_FOUND") };

type Visit = Pick<OperationContext, "database" | "now" | "sessionToken" | "publicUrl" | "setCookie" | "requestId">;

/** Has `member` signed in by the time the answer leaves. */
async function answerSignedIn(
  visit: Visit,
  operation: string,
  memberIn: (tx: Transaction) => Promise<MemberRow> | MemberRow,
) {
  const started = await visit.database.transaction(async (tx) => {
    const member = await memberIn(tx);
    writeMemberEntry(tx, member, { operation, requestId: visit.requestId }, visit.now);
    return signIn(tx, member, visit.sessionToken, visit.now);
  });
  visit.setCookie(cookieOf(started.token, visit.publicUrl));
  return { session: presentSession(started.session) };
}

/** Only members reach what is `forMembers`. */
const actingAs = ({ tenant, signedIn }: Pick<OperationContext, "tenant" | "signedIn">) => ({
  tenant,
  signedIn: signedIn as SignedIn,
});

const nameOf = ({ memberId, email }: SignedIn) => ({ member_id: memberId, email });

export const dashboardOperations: Operation[] = [
  visitorOperation({
    method: "POST",
    path: "/v1/auth/setup",
    operationId: "set-up-dashboard",
    sdk: "auth.setUp",
    tag,
    summary: "Make the first owner",
    description:
      "Makes the owner of the first company and signs them in. The link is printed as Afternoon starts, and works until there is a member.",
    body: SetUp,
    responses: { 201: SessionResponse },
    errors: ["LINK_INVALID", "INVALID_CREDENTIALS"],
    handle: async (context, { body }) =>
      answerSignedIn(context, "set-up-dashboard", await setUp(context.database, body.token, body, context.now)),
  }),
  visitorOperation({
    method: "POST",
    path: "/v1/auth/sign-in",
    operationId: "sign-in",
    sdk: "auth.signIn",
    tag,
    summary: "Sign in",
    description:
      "Begins a session, whose cookie is set: it lasts 30 days, or ends after 7 days without use. After 10 wrong tries an email is locked for 15 minutes.",
    body: SignIn,
    responses: { 200: SessionResponse },
    errors: ["INVALID_CREDENTIALS"],
    handle: async (context, { body }) => {
      const member = await checkCredentials(context.database, body.email, body.password, context.now);
      return answerSignedIn(context, "sign-in", () => member);
    },
  }),
  visitorOperation({
    method: "POST",
    path: "/v1/auth/accept-invitation",
    operationId: "accept-invitation",
    sdk: "auth.acceptInvitation",
    tag,
    summary: "Accept an invitation",
    description:
      "Makes whoever was invited a member of the company and signs them in. Whoever is a member of another company already keeps name and password.",
    body: InvitationAccept,
    responses: { 201: SessionResponse },
    errors: ["LINK_INVALID", "INVALID_CREDENTIALS"],
    handle: async (context, { body }) =>
      answerSignedIn(
        context,
        "accept-invitation",
        await acceptInvitation(context.database, body.token, body, context.now),
      ),
  }),
  memberOperation({
    method: "GET",
    path: "/v1/auth/session",
    operationId: "get-session",
    sdk: "auth.getSession",
    tag,
    summary: "Get the session",
    description: "Returns who is signed in, and their companies with their role in each.",
    responses: { 200: SessionResponse },
    handle: async ({ database, signedIn }) => ({ session: presentSession(await getSession(database, signedIn)) }),
  }),
  memberOperation({
    method: "POST",
    path: "/v1/auth/sign-out",
    operationId: "sign-out",
    sdk: "auth.signOut",
    tag,
    summary: "Sign out",
    description: "Ends the session: every process refuses it within a second.",
    responses: { 200: successSchema("SignedOutResponse", {}, "The session has ended") },
    handle: async ({ database, signedIn, publicUrl, setCookie, requestId, now }) => {
      await database.transaction(async (tx) => {
        writeMemberEntry(tx, nameOf(signedIn), { operation: "sign-out", requestId }, now);
        await signOut(tx, signedIn);
      });
      setCookie(cookieOf(null, publicUrl));
      return {};
    },
  }),
  memberOperation({
    method: "POST",
    path: "/v1/auth/password",
    operationId: "change-password",
    sdk: "auth.changePassword",
    tag,
    summary: "Change your password",
    description: "Gives you another password. All your other sessions end.",
    body: PasswordChange,
    responses: { 200: SessionResponse },
    errors: ["INVALID_CREDENTIALS"],
    handle: async ({ database, signedIn, now, requestId }, { body }) => {
      const passwords = { current: body.current_password, next: body.new_password };
      const change = await changePassword(database, signedIn, passwords, now);
      await database.transaction(async (tx) => {
        writeMemberEntry(tx, nameOf(signedIn), { operation: "change-password", requestId }, now);
        await change(tx);
      });
      return { session: presentSession(await getSession(database, signedIn)) };
    },
  }),
  forMembers(
    readOperation({
      path: "/v1/members",
      operationId: "list-members",
      sdk: "members.list",
      tag,
      summary: "List members",
      description: "Returns the company's members and whoever is invited, newest first.",
      query: z.object(pageQuery),
      responses: { 200: listSchema("MemberListResponse", "members", Member) },
      handle: async ({ db, tenant, now }, { query }) => {
        const after = readCursor(query.cursor, idPosition);
        const { items, pagination } = await listPeople(db, tenant, after, query.limit, now);
        return { members: items.map(presentMember), pagination };
      },
    }),
  ),
  forMembers(
    readOperation({
      path: "/v1/members/{id}",
      operationId: "get-member",
      sdk: "members.get",
      tag,
      summary: "Get a member",
      description: "Returns a member of the company, or somebody who is invited.",
      params,
      responses: { 200: MemberResponse },
      handle: async ({ db, tenant, now }, { params: { id } }) => ({
        member: presentMember(await getPerson(db, tenant, id, now)),
      }),
    }),
  ),
  forMembers(
    writeOperation({
      method: "POST",
      path: "/v1/members",
      operationId: "invite-member",
      sdk: "members.invite",
      tag,
      summary: "Invite a member",
      description:
        "Makes a link for somebody to become a member by, good for 7 days and one use. It is in this answer and never shown again; a link for the same email before it ends.",
      body: MemberInvite,
      responses: {
        201: successSchema(
          "InvitationResponse",
          {
            member: Member,
            invitation_url: z.string().meta({ description: "The link, for you to pass on. Shown only here." }),
          },
          "The invitation",
        ),
      },
      errors: ["MEMBER_EXISTS"],
      handle: async ({ tx, now, publicUrl, ...context }, { body }) => {
        const { person, token } = await invite(tx, actingAs(context), body, now);
        return { member: presentMember(person), invitation_url: `${publicUrl}/dashboard/accept#token=${token}` };
      },
    }),
  ),
  forMembers(
    writeOperation({
      method: "PATCH",
      path: "/v1/members/{id}",
      operationId: "update-member",
      sdk: "members.update",
      tag,
      summary: "Change a member's role",
      description: "Gives a member, or somebody who is invited, another role. Only owners make owners and unmake them.",
      params,
      body: MemberUpdate,
      responses: { 200: MemberResponse },
      errors: ["LAST_OWNER"],
      handle: async ({ tx, ...context }, { params: { id }, body }) => ({
        member: presentMember(await changeRole(tx, actingAs(context), id, body.role)),
      }),
    }),
  ),
  forMembers(
    writeOperation({
      method: "DELETE",
      path: "/v1/members/{id}",
      operationId: "delete-member",
      sdk: "members.delete",
      tag,
      summary: "Remove a member",
      description: "Ends a membership, or an invitation: every process refuses the member within a second.",
      params,
      responses: {
        200: successSchema(
          "MemberDeletedResponse",
          { id: idOutput("Id of the member."), deleted: z.literal(true) },
          "The member is removed",
        ),
      },
      errors: ["LAST_OWNER"],
      handle: async ({ tx, ...context }, { params: { id } }) => {
        await removePerson(tx, actingAs(context), id);
        return { id, deleted: true };
      },
    }),
  ),
];
