import { BillingError } from "../../../core/errors.ts";
import type { SignedIn, Tenant } from "../http/authentication.ts";
import { toPage, type Page } from "../http/pagination.ts";
import type { Database, Queryable, Transaction } from "../platform/db.ts";
import { createId, sha256 } from "../platform/ids.ts";
import { hashPassword, isPasswordOf } from "./password.ts";
import { requireRole, type Role } from "./roles.ts";
import { createToken, startSession } from "./sessions.ts";
import * as rows from "./sql.ts";
import type { CompanyOfMember, MemberRow, PersonRow } from "./sql.ts";

export { createResetLink, requestReset, resetPassword, sendResets } from "./password-reset.ts";
export {
  confirmSecondFactor,
  createRecoveryCodes,
  endSecondFactor,
  endSecondFactorOf,
  passSecondFactor,
  startSecondFactor,
} from "./second-factor.ts";
export { createSessionFinder, deleteEnded } from "./sessions.ts";

export type Session = {
  id: string;
  member: Pick<MemberRow, "member_id" | "email" | "name" | "totp_secret">;
  companies: CompanyOfMember[];
};

/** A session that has just begun, with the text of its cookie. */
export type StartedSession = { session: Session; token: string };

const mostTries = 10;
const lockMs = 15 * 60 * 1_000;

/**
 * The member whose email and password these are. Takes the same time and answers the same whether the email is unknown, locked or the
 * password wrong. @throws INVALID_CREDENTIALS
 */
export async function checkCredentials(db: Queryable, email: string, password: string, now: Date): Promise<MemberRow> {
  const member = await rows.countTry(db, email, mostTries, new Date(now.getTime() + lockMs), now);
  const isRight = await isPasswordOf(password, member?.password_hash ?? null);
  if (member === null || !isRight) throw new BillingError("INVALID_CREDENTIALS");
  return member;
}

/** A new session of a member whose password has been checked. */
export async function signIn(
  tx: Transaction,
  member: MemberRow,
  tokenBefore: string | null,
  now: Date,
): Promise<StartedSession> {
  if (!(await rows.forgetTries(tx, member))) throw new BillingError("INVALID_CREDENTIALS");
  const { id, token } = await startSession(tx, member.member_id, tokenBefore, now);
  return { session: await sessionOf(tx, id, member), token };
}

export async function signOut(tx: Transaction, { sessionId }: SignedIn): Promise<void> {
  await rows.deleteSession(tx, sessionId);
}

/** @throws SESSION_ENDED if the member is gone. */
export async function getSession(db: Queryable, { sessionId, memberId }: SignedIn): Promise<Session> {
  return sessionOf(db, sessionId, await memberOf(db, memberId));
}

async function memberOf(db: Queryable, memberId: string): Promise<MemberRow> {
  const member = await rows.findMember(db, memberId);
  if (member === null) throw new BillingError("SESSION_ENDED");
  return member;
}

async function sessionOf(db: Queryable, id: string, member: MemberRow): Promise<Session> {
  return { id, member, companies: await rows.listCompanies(db, member.member_id) };
}

/**
 * Gives the member who is signed in another password, which ends all their other sessions.
 * @throws INVALID_CREDENTIALS, which counts as a wrong try to sign in does.
 */
export async function changePassword(
  database: Database,
  signedIn: SignedIn,
  passwords: { current: string; next: string },
  now: Date,
): Promise<(tx: Transaction) => Promise<void>> {
  const { email } = await memberOf(database, signedIn.memberId);
  const member = await checkCredentials(database, email, passwords.current, now);
  const passwordHash = await hashPassword(passwords.next);
  return async (tx) => {
    const isUnchanged = await rows.updatePassword(tx, member.member_id, member.password_hash, passwordHash);
    if (!isUnchanged) throw new BillingError("INVALID_CREDENTIALS");
    await rows.deleteOtherSessions(tx, member.member_id, signedIn.sessionId);
  };
}

export type NewMember = { email: string; name: string; password: string };

/**
 * The member who is signed in, if this is their password: for what a session alone is not enough for. @throws INVALID_CREDENTIALS, which counts as
 * a wrong try to sign in does.
 */
export async function checkOwnPassword(
  database: Database,
  { memberId }: SignedIn,
  password: string,
  now: Date,
): Promise<(tx: Transaction) => Promise<MemberRow>> {
  const { email } = await memberOf(database, memberId);
  const member = await checkCredentials(database, email, password, now);
  return async (tx) => {
    if (!(await rows.forgetTries(tx, member))) throw new BillingError("INVALID_CREDENTIALS");
    return member;
  };
}

/** The address at which the first owner is made, once; null where there is a member already. Links before it end. */
export async function createSetupLink(db: Queryable, publicUrl: string, now: Date): Promise<string | null> {
  const { token, tokenHash } = createToken();
  const isThere = await rows.replaceSetupLink(db, { id: createId(now), tokenHash }, now);
  // Behind the #, which browsers keep to themselves: it is in no log.
  return isThere ? `${publicUrl}/dashboard/setup#token=${token}` : null;
}

/** Makes the owner of the first company, in the transaction that uses up the link. @throws LINK_INVALID */
export async function setUp(
  db: Queryable,
  token: string,
  owner: NewMember,
  now: Date,
): Promise<(tx: Transaction) => Promise<MemberRow>> {
  // Looked at before the password is hashed, which costs more than anybody may ask for.
  if ((await rows.findLink(db, "setup", sha256(token), now)) === null) throw new BillingError("LINK_INVALID");
  const passwordHash = await hashPassword(owner.password);
  return async (tx) => {
    const link = await rows.takeLink(tx, "setup", sha256(token), now);
    const companyId = await rows.findFirstCompany(tx);
    if (link === null || companyId === null || (await rows.hasMembers(tx))) throw new BillingError("LINK_INVALID");
    const member = await addMember(tx, owner, passwordHash, now);
    await rows.insertMembership(tx, { companyId, memberId: member.member_id, role: "owner" }, now);
    return member;
  };
}

async function addMember(
  tx: Transaction,
  { email, name }: Omit<NewMember, "password">,
  passwordHash: string,
  now: Date,
): Promise<MemberRow> {
  const member = { member_id: createId(now), email, name, password_hash: passwordHash, totp_secret: null };
  if (!(await rows.insertMember(tx, member, now))) throw new BillingError("INVALID_CREDENTIALS");
  return member;
}

/**
 * Takes an invitation: as a new member, or, where the email has one already, as that member, by their password. An invitation alone
 * opens no account that exists: whoever has invited knows the link too. `passOn` asks a known member for what their password is not enough for.
 * @throws LINK_INVALID, INVALID_CREDENTIALS
 */
export async function acceptInvitation(
  db: Queryable,
  token: string,
  { name, password }: Omit<NewMember, "email">,
  passOn: (tx: Transaction, member: MemberRow) => Promise<void>,
  now: Date,
): Promise<(tx: Transaction) => Promise<MemberRow>> {
  const { email } = (await rows.findLink(db, "invitation", sha256(token), now)) ?? {};
  if (typeof email !== "string") throw new BillingError("LINK_INVALID");
  const isKnown = (await rows.findMemberByEmail(db, email)) !== null;
  const known = isKnown ? await checkCredentials(db, email, password, now) : null;
  const passwordHash = known === null ? await hashPassword(password) : known.password_hash;
  return async (tx) => {
    const link = await rows.takeLink(tx, "invitation", sha256(token), now);
    if (link === null) throw new BillingError("LINK_INVALID");
    if (known !== null) await passOn(tx, known);
    const member = known ?? (await addMember(tx, { email, name }, passwordHash, now));
    const { company_id: companyId, role } = link as { company_id: string; role: Role };
    await rows.insertMembership(tx, { companyId, memberId: member.member_id, role }, now);
    return member;
  };
}

export async function listPeople(
  db: Queryable,
  { companyId }: Tenant,
  after: string | null,
  limit: number,
  now: Date,
): Promise<Page<PersonRow>> {
  return toPage(await rows.listPeople(db, companyId, after, limit + 1, now), limit, (last) => last.id);
}

/** A member, or an invitation that is not too old. @throws MEMBER_NOT_FOUND */
export async function getPerson(db: Queryable, { companyId }: Tenant, id: string, now: Date): Promise<PersonRow> {
  const person = await rows.findPerson(db, companyId, id);
  if (person === null || (person.expires_at !== null && person.expires_at <= now))
    throw new BillingError("MEMBER_NOT_FOUND");
  return person;
}

const invitationMs = 7 * 24 * 60 * 60 * 1_000;

type Acting = { tenant: Tenant; signedIn: SignedIn };

/** Invites somebody; an invitation of the same email before ends. @throws MEMBER_EXISTS, FORBIDDEN */
export async function invite(
  tx: Transaction,
  { tenant: { companyId }, signedIn }: Acting,
  { email, role }: { email: string; role: Role },
  now: Date,
): Promise<{ person: PersonRow; token: string }> {
  requireRightOver(signedIn, role);
  await rows.lockCompany(tx, companyId);
  const member = await rows.findMemberByEmail(tx, email);
  if (member !== null && (await rows.findPerson(tx, companyId, member.member_id)) !== null)
    throw new BillingError("MEMBER_EXISTS");
  const { token, tokenHash } = createToken();
  const id = createId(now);
  const expiresAt = new Date(now.getTime() + invitationMs);
  await rows.replaceInvitation(tx, { id, tokenHash, email, companyId, role, expiresAt }, now);
  return {
    person: {
      id,
      email,
      name: null,
      role,
      status: "invited",
      has_second_factor: false,
      created_at: now,
      expires_at: expiresAt,
    },
    token,
  };
}

/** @throws MEMBER_NOT_FOUND, FORBIDDEN, LAST_OWNER */
export async function changeRole(tx: Transaction, acting: Acting, id: string, role: Role): Promise<PersonRow> {
  const { companyId } = acting.tenant;
  requireRightOver(acting.signedIn, role);
  const person = await lockPerson(tx, acting, id);
  if (role !== "owner") await requireAnotherOwner(tx, companyId, person);
  await rows.updateRole(tx, companyId, id, role);
  return { ...person, role };
}

/** Ends a membership, or an invitation. @throws MEMBER_NOT_FOUND, FORBIDDEN, LAST_OWNER */
export async function removePerson(tx: Transaction, acting: Acting, id: string): Promise<void> {
  const person = await lockPerson(tx, acting, id);
  await requireAnotherOwner(tx, acting.tenant.companyId, person);
  await rows.deletePerson(tx, acting.tenant.companyId, id);
}

async function lockPerson(tx: Transaction, { tenant: { companyId }, signedIn }: Acting, id: string) {
  await rows.lockCompany(tx, companyId);
  const person = await rows.findPerson(tx, companyId, id);
  if (person === null) throw new BillingError("MEMBER_NOT_FOUND");
  requireRightOver(signedIn, person.role);
  return person;
}

/** Only owners make owners, and unmake them. */
function requireRightOver({ role }: SignedIn, subject: Role): void {
  if (subject === "owner") requireRole(role as Role, ["owner"]);
}

async function requireAnotherOwner(tx: Transaction, companyId: string, { role, status }: PersonRow): Promise<void> {
  if (role === "owner" && status === "active" && (await rows.countOwners(tx, companyId)) < 2)
    throw new BillingError("LAST_OWNER");
}
