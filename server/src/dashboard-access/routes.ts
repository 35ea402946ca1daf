import { z } from "zod";
import { BillingError } from "../../../core/errors.ts";
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
import type { Secrets } from "../platform/secrets.ts";
import {
  acceptInvitation,
  changePassword,
  changeRole,
  checkCredentials,
  checkOwnPassword,
  confirmSecondFactor,
  createRecoveryCodes,
  endSecondFactor,
  getPerson,
  getSession,
  invite,
  listPeople,
  passSecondFactor,
  removePerson,
  requestReset,
  resetPassword,
  setUp,
  signIn,
  signOut,
  startSecondFactor,
} from "./dashboard-access.ts";
import {
  DashboardSession,
  InvitationAccept,
  Member,
  MemberInvite,
  MemberUpdate,
  OwnPassword,
  PasswordChange,
  PasswordReset,
  PasswordResetRequest,
  presentMember,
  presentSession,
  recoveryCodes,
  SecondFactorCode,
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

/** What a member does for themselves that a session alone is not enough for. */
async function ownChange<Result>(
  { database, signedIn, now, requestId }: Visit & { signedIn: SignedIn },
  operation: string,
  password: string,
  change: (tx: Transaction, member: MemberRow) => Promise<Result>,
): Promise<Result> {
  const checked = await checkOwnPassword(database, signedIn, password, now);
  return database.transaction(async (tx) => {
    const member = await checked(tx);
    writeMemberEntry(tx, member, { operation, requestId }, now);
    return change(tx, member);
  });
}

const nameOf = ({ memberId, email }: SignedIn) => ({ member_id: memberId, email });

export const dashboardOperations = (secrets: Secrets): Operation[] => [
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
    errors: ["INVALID_CREDENTIALS", "SECOND_FACTOR_REQUIRED", "SECOND_FACTOR_INVALID"],
    handle: async (context, { body }) => {
      const member = await checkCredentials(context.database, body.email, body.password, context.now);
      return answerSignedIn(context, "sign-in", async (tx) => {
        await passSecondFactor(tx, secrets, member, body.code, context.now);
        return member;
      });
    },
  }),
  visitorOperation({
    method: "POST",
    path: "/v1/auth/request-password-reset",
    operationId: "request-password-reset",
    sdk: "auth.requestPasswordReset",
    tag,
    summary: "Ask for a new password",
    description:
      "Has a link mailed by which a new password can be chosen: within an hour, once. The answer is the same whether or not there is such a member; one gets a mail every five minutes at most. Without a mail server whoever runs Afternoon makes the link: `afternoon reset-password EMAIL`.",
    body: PasswordResetRequest,
    responses: {
      202: successSchema("PasswordResetRequestedResponse", {}, "If there is such a member, a mail is on its way"),
    },
    handle: async ({ database, now }, { body }) => {
      await requestReset(database, body.email, now);
      return {};
    },
  }),
  visitorOperation({
    method: "POST",
    path: "/v1/auth/reset-password",
    operationId: "reset-password",
    sdk: "auth.resetPassword",
    tag,
    summary: "Choose a new password",
    description:
      "Gives the member whose link this is another password, and ends all their sessions. They then sign in with it, with their second factor if they have one.",
    body: PasswordReset,
    responses: { 200: successSchema("PasswordResetResponse", {}, "The password is changed") },
    errors: ["LINK_INVALID"],
    handle: async ({ database, now, requestId }, { body }) => {
      const reset = await resetPassword(database, body.token, body.new_password, now);
      await database.transaction(async (tx) => {
        const member = await reset(tx);
        writeMemberEntry(tx, member, { operation: "reset-password", requestId }, now);
      });
      return {};
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
    errors: ["LINK_INVALID", "INVALID_CREDENTIALS", "SECOND_FACTOR_REQUIRED", "SECOND_FACTOR_INVALID"],
    handle: async (context, { body }) => {
      const passOn = (tx: Transaction, member: MemberRow) =>
        passSecondFactor(tx, secrets, member, body.code, context.now);
      const accept = await acceptInvitation(context.database, body.token, body, passOn, context.now);
      return answerSignedIn(context, "accept-invitation", accept);
    },
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
  memberOperation({
    method: "POST",
    path: "/v1/auth/second-factor",
    operationId: "start-second-factor",
    sdk: "auth.startSecondFactor",
    tag,
    summary: "Begin a second factor",
    description:
      "Makes the secret of which an authenticator app makes codes (RFC 6238). Signing in asks for them from when a first one has confirmed it; until then nothing changes.",
    body: OwnPassword,
    responses: {
      200: successSchema(
        "SecondFactorStartedResponse",
        {
          secret: z.string().meta({ description: "The secret in base32, to be typed. Shown only here." }),
          otpauth_url: z.string().meta({ description: "The same for a QR code. Shown only here." }),
        },
        "The secret",
      ),
    },
    errors: ["INVALID_CREDENTIALS"],
    handle: async (context, { body }) => {
      const { secret, otpauthUrl } = await ownChange(context, "start-second-factor", body.password, (tx, member) =>
        startSecondFactor(tx, secrets, member),
      );
      return { secret, otpauth_url: otpauthUrl };
    },
  }),
  memberOperation({
    method: "POST",
    path: "/v1/auth/second-factor/confirm",
    operationId: "confirm-second-factor",
    sdk: "auth.confirmSecondFactor",
    tag,
    summary: "Turn the second factor on",
    description:
      "Has signing in ask for a code from now on, and ends all your other sessions. Answers with ten recovery codes, for when the app is lost.",
    body: SecondFactorCode,
    responses: {
      200: successSchema("SecondFactorResponse", { recovery_codes: recoveryCodes }, "The second factor is on"),
    },
    errors: ["SECOND_FACTOR_NOT_STARTED", "SECOND_FACTOR_INVALID"],
    handle: async ({ database, signedIn, now, requestId }, { body }) =>
      database.transaction(async (tx) => {
        writeMemberEntry(tx, nameOf(signedIn), { operation: "confirm-second-factor", requestId }, now);
        return { recovery_codes: await confirmSecondFactor(tx, secrets, signedIn, body.code, now) };
      }),
  }),
  memberOperation({
    method: "POST",
    path: "/v1/auth/second-factor/recovery-codes",
    operationId: "create-recovery-codes",
    sdk: "auth.createRecoveryCodes",
    tag,
    summary: "Make new recovery codes",
    description: "Makes ten codes that take the place of those before.",
    body: OwnPassword,
    responses: { 200: successSchema("RecoveryCodesResponse", { recovery_codes: recoveryCodes }, "The codes") },
    errors: ["INVALID_CREDENTIALS", "SECOND_FACTOR_NOT_STARTED"],
    handle: async (context, { body }) => ({
      recovery_codes: await ownChange(context, "create-recovery-codes", body.password, async (tx, member) => {
        if (member.totp_secret === null) throw new BillingError("SECOND_FACTOR_NOT_STARTED");
        return createRecoveryCodes(tx, member.member_id);
      }),
    }),
  }),
  memberOperation({
    method: "POST",
    path: "/v1/auth/second-factor/disable",
    operationId: "disable-second-factor",
    sdk: "auth.disableSecondFactor",
    tag,
    summary: "Turn the second factor off",
    description: "The password alone is then enough to sign in. The secret and the recovery codes are forgotten.",
    body: OwnPassword,
    responses: { 200: SessionResponse },
    errors: ["INVALID_CREDENTIALS"],
    handle: async (context, { body }) => {
      await ownChange(context, "disable-second-factor", body.password, (tx, member) =>
        endSecondFactor(tx, member.member_id),
      );
      return { session: presentSession(await getSession(context.database, context.signedIn)) };
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
