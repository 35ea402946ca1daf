import type { Tenant } from "../http/authentication.ts";
import { sql, type Queryable, type Sql, type Transaction } from "../platform/db.ts";
import type { Role } from "./roles.ts";

export type MemberRow = {
  member_id: string;
  email: string;
  name: string;
  password_hash: string;
  /** Sealed; null without a second factor. */
  totp_secret: Buffer | null;
};

const memberColumns = sql`member_id, email, name, password_hash, totp_secret`;

export async function insertMember(tx: Transaction, member: MemberRow, now: Date): Promise<boolean> {
  const inserted = await tx.query(
    sql`insert into members (member_id, email, name, password_hash, created_at)
        values (${member.member_id}, ${member.email}, ${member.name}, ${member.password_hash}, ${now})
        on conflict (email) do nothing
        returning member_id`,
  );
  return inserted.length === 1;
}

export async function findMember(db: Queryable, memberId: string): Promise<MemberRow | null> {
  const [row] = await db.query<MemberRow>(sql`select ${memberColumns} from members where member_id = ${memberId}`);
  return row ?? null;
}

export async function findMemberByEmail(db: Queryable, email: string): Promise<MemberRow | null> {
  const [row] = await db.query<MemberRow>(sql`select ${memberColumns} from members where email = ${email}`);
  return row ?? null;
}

export async function hasMembers(db: Queryable): Promise<boolean> {
  return (await db.query(sql`select from members limit 1`)).length > 0;
}

/**
 * The member, if their email is not locked. Guarantee: the try is counted before it is made, so that tries at the same time cannot be
 * more than `mostTries` between two successes; with the last one the email is locked until `lockedUntil`.
 */
export async function countTry(
  db: Queryable,
  email: string,
  mostTries: number,
  lockedUntil: Date,
  now: Date,
): Promise<MemberRow | null> {
  const [row] = await db.query<MemberRow>(
    sql`update members
        set failed_sign_ins = case when locked_until is null then failed_sign_ins + 1 else 1 end,
          locked_until = case when locked_until is null and failed_sign_ins + 1 >= ${mostTries} then ${lockedUntil}::timestamptz end
        where email = ${email} and (locked_until is null or locked_until <= ${now})
        returning ${memberColumns}`,
  );
  return row ?? null;
}

/** After a right password. Guarantee: returns false if the member has another one by now. */
export async function forgetTries(tx: Transaction, member: MemberRow): Promise<boolean> {
  const updated = await tx.query(
    sql`update members set failed_sign_ins = 0, locked_until = null
        where member_id = ${member.member_id} and password_hash = ${member.password_hash}
        returning member_id`,
  );
  return updated.length === 1;
}

/** Guarantee: replaced only if it still is `before`. */
export async function updatePassword(
  tx: Transaction,
  memberId: string,
  before: string,
  passwordHash: string,
): Promise<boolean> {
  const updated = await tx.query(
    sql`update members set password_hash = ${passwordHash}, failed_sign_ins = 0, locked_until = null
        where member_id = ${memberId} and password_hash = ${before}
        returning member_id`,
  );
  return updated.length === 1;
}

export async function insertSession(
  tx: Transaction,
  session: { id: string; memberId: string; tokenHash: Buffer },
  now: Date,
): Promise<void> {
  await tx.query(
    sql`insert into sessions (session_id, member_id, token_hash, created_at, last_used_at)
        values (${session.id}, ${session.memberId}, ${session.tokenHash}, ${now}, ${now})`,
  );
}

export async function deleteSessionByToken(tx: Transaction, tokenHash: Buffer): Promise<void> {
  await tx.query(sql`delete from sessions where token_hash = ${tokenHash}`);
}

export async function deleteSession(tx: Transaction, sessionId: string): Promise<void> {
  await tx.query(sql`delete from sessions where session_id = ${sessionId}`);
}

/** All of them where none is kept. */
export async function deleteOtherSessions(tx: Transaction, memberId: string, kept: string | null): Promise<void> {
  await tx.query(
    sql`delete from sessions where member_id = ${memberId} and (${kept}::text is null or session_id <> ${kept})`,
  );
}

/** A session, once for each tenant that its member can be in; once without a tenant if there is none. */
export type SessionRow = {
  session_id: string;
  member_id: string;
  email: string;
  created_at: Date;
  last_used_at: Date;
  role: Role | null;
  tenant_id: number | null;
  company_id: string | null;
  mode: Tenant["mode"] | null;
  rate_limit_per_minute: number | null;
  currency_code: string | null;
};

export async function findSession(db: Queryable, tokenHash: Buffer): Promise<SessionRow[]> {
  return db.query<SessionRow>(
    sql`select session_id, sessions.member_id, members.email, sessions.created_at, last_used_at, role, tenant_id, memberships.company_id, mode,
          rate_limit_per_minute, currency_code
        from sessions
        join members using (member_id)
        left join memberships on memberships.member_id = sessions.member_id
        left join tenants on tenants.company_id = memberships.company_id
        left join companies on companies.company_id = memberships.company_id
        where token_hash = ${tokenHash}`,
  );
}

export async function touchSession(db: Queryable, sessionId: string, now: Date): Promise<void> {
  await db.query(
    sql`update sessions set last_used_at = greatest(last_used_at, ${now}) where session_id = ${sessionId}`,
  );
}

export async function deleteOldRows(
  db: Queryable,
  ends: { now: Date; createdBefore: Date; lastUsedBefore: Date },
): Promise<void> {
  await db.query(
    sql`delete from sessions where created_at <= ${ends.createdBefore} or last_used_at <= ${ends.lastUsedBefore}`,
  );
  await db.query(sql`delete from one_time_links where expires_at <= ${ends.now}`);
}

export type CompanyOfMember = { id: string; name: string; role: Role; currency_code: string };

export async function listCompanies(db: Queryable, memberId: string): Promise<CompanyOfMember[]> {
  return db.query<CompanyOfMember>(
    sql`select company_id as id, companies.name, role, currency_code
        from memberships join companies using (company_id)
        where member_id = ${memberId}
        order by company_id`,
  );
}

/** The company that was made first. */
export async function findFirstCompany(db: Queryable): Promise<string | null> {
  const [row] = await db.query<{ company_id: string }>(
    sql`select company_id from companies order by created_at, company_id limit 1`,
  );
  return row?.company_id ?? null;
}

export async function insertMembership(
  tx: Transaction,
  membership: { companyId: string; memberId: string; role: Role },
  now: Date,
): Promise<void> {
  await tx.query(
    sql`insert into memberships (company_id, member_id, role, created_at)
        values (${membership.companyId}, ${membership.memberId}, ${membership.role}, ${now})
        on conflict (company_id, member_id) do nothing`,
  );
}

/** A member of a company, or somebody who is invited: then without a name, under the id of the invitation. */
export type PersonRow = {
  id: string;
  email: string;
  name: string | null;
  role: Role;
  status: "active" | "invited";
  has_second_factor: boolean;
  created_at: Date;
  expires_at: Date | null;
};

const peopleOf = (companyId: string) => sql`
  select member_id as id, email, name, role, 'active' as status, totp_secret is not null as has_second_factor,
    memberships.created_at, null::timestamptz as expires_at
  from memberships join members using (member_id)
  where company_id = ${companyId}
  union all
  select one_time_link_id, email, null, role, 'invited', false, created_at, expires_at
  from one_time_links
  where company_id = ${companyId} and kind = 'invitation'`;

/** Newest first, from just below the id `after`; without invitations that are too old. */
export async function listPeople(
  db: Queryable,
  companyId: string,
  after: string | null,
  limit: number,
  now: Date,
): Promise<PersonRow[]> {
  return db.query<PersonRow>(
    sql`select * from (${peopleOf(companyId)}) as people
        where (expires_at is null or expires_at > ${now}) and (${after}::text is null or id < ${after})
        order by id desc
        limit ${limit}`,
  );
}

export async function findPerson(db: Queryable, companyId: string, id: string): Promise<PersonRow | null> {
  const [row] = await db.query<PersonRow>(sql`select * from (${peopleOf(companyId)}) as people where id = ${id}`);
  return row ?? null;
}

/** Guarantee: one transaction at a time is past this line for a company, so that two owners cannot remove each other. */
export async function lockCompany(tx: Transaction, companyId: string): Promise<void> {
  await tx.query(sql`select from companies where company_id = ${companyId} for no key update`);
}

export async function countOwners(db: Queryable, companyId: string): Promise<number> {
  const owners = await db.query(
    sql`select from memberships where company_id = ${companyId} and role = 'owner' limit 2`,
  );
  return owners.length;
}

export async function updateRole(tx: Transaction, companyId: string, id: string, role: Role): Promise<void> {
  await tx.query(sql`update memberships set role = ${role} where company_id = ${companyId} and member_id = ${id}`);
  await tx.query(
    sql`update one_time_links set role = ${role}
        where company_id = ${companyId} and one_time_link_id = ${id} and kind = 'invitation'`,
  );
}

/** Whoever is then in no company is forgotten, with their sessions: invited again, they choose a new password. */
export async function deletePerson(tx: Transaction, companyId: string, id: string): Promise<void> {
  await tx.query(sql`delete from memberships where company_id = ${companyId} and member_id = ${id}`);
  await tx.query(
    sql`delete from members
        where member_id = ${id} and not exists (select from memberships where memberships.member_id = members.member_id)`,
  );
  await tx.query(
    sql`delete from one_time_links where company_id = ${companyId} and one_time_link_id = ${id} and kind = 'invitation'`,
  );
}

/** Takes the place of every setup link before it, if there is no member yet. Returns whether it is there. */
export async function replaceSetupLink(
  db: Queryable,
  link: { id: string; tokenHash: Buffer },
  now: Date,
): Promise<boolean> {
  const inserted = await db.query(
    sql`with replaced as (delete from one_time_links where kind = 'setup')
        insert into one_time_links (one_time_link_id, kind, token_hash, created_at)
        select ${link.id}, 'setup', ${link.tokenHash}, ${now}
        where not exists (select from members)
        returning one_time_link_id`,
  );
  return inserted.length === 1;
}

export async function replaceInvitation(
  tx: Transaction,
  link: { id: string; tokenHash: Buffer; email: string; companyId: string; role: Role; expiresAt: Date },
  now: Date,
): Promise<void> {
  await tx.query(
    sql`delete from one_time_links
        where company_id = ${link.companyId} and email = ${link.email} and kind = 'invitation'`,
  );
  await tx.query(
    sql`insert into one_time_links (one_time_link_id, kind, token_hash, email, company_id, role, expires_at, created_at)
        values (${link.id}, 'invitation', ${link.tokenHash}, ${link.email}, ${link.companyId}, ${link.role}, ${link.expiresAt}, ${now})`,
  );
}

type LinkKind = "setup" | "invitation" | "password_reset";

export type LinkRow = { email: string | null; company_id: string | null; role: Role | null };

export async function findLink(db: Queryable, kind: LinkKind, tokenHash: Buffer, now: Date): Promise<LinkRow | null> {
  const [row] = await db.query<LinkRow>(
    sql`select email, company_id, role from one_time_links
        where token_hash = ${tokenHash} and kind = ${kind} and (expires_at is null or expires_at > ${now})`,
  );
  return row ?? null;
}

/** The link, which is then used. Guarantee: of those who use it at the same time, one gets it. */
export async function takeLink(tx: Transaction, kind: LinkKind, tokenHash: Buffer, now: Date): Promise<LinkRow | null> {
  const [row] = await tx.query<LinkRow>(
    sql`delete from one_time_links
        where token_hash = ${tokenHash} and kind = ${kind} and (expires_at is null or expires_at > ${now})
        returning email, company_id, role`,
  );
  return row ?? null;
}

/** Guarantee: whoever has asked after `notSince` is not mailed once more. */
export async function insertReset(db: Queryable, email: string, at: { now: Date; notSince: Date }): Promise<void> {
  await db.query(
    sql`insert into password_resets (member_id, requested_at, send_at)
        select member_id, ${at.now}, ${at.now} from members where email = ${email}
        on conflict (member_id) do update set requested_at = excluded.requested_at, send_at = excluded.send_at, attempts = 0
        where password_resets.requested_at <= ${at.notSince}`,
  );
}

type ResetLink = { id: string; tokenHash: Buffer; expiresAt: Date };

const withResetLink = (of: Sql, link: ResetLink, now: Date) => sql`
  gone as (
    delete from one_time_links using ${of} as of
    where kind = 'password_reset' and one_time_links.email = of.email),
  made as (
    insert into one_time_links (one_time_link_id, kind, token_hash, email, expires_at, created_at)
    select ${link.id}, 'password_reset', ${link.tokenHash}, email, ${link.expiresAt}, ${now} from ${of} as of
    returning email)`;

/** Takes the place of every link for the same member. Returns whether there is such a member. */
export async function replaceResetLink(db: Queryable, email: string, link: ResetLink, now: Date): Promise<boolean> {
  const made = await db.query(
    sql`with found as (select email from members where email = ${email}),
        ${withResetLink(sql`found`, link, now)}
        select email from made`,
  );
  return made.length === 1;
}

export async function findResetsToSend(db: Queryable, now: Date, limit: number): Promise<string[]> {
  const due = await db.query<{ member_id: string }>(
    sql`select member_id from password_resets where send_at <= ${now} order by send_at limit ${limit}`,
  );
  return due.map((row) => row.member_id);
}

/**
 * Makes the link of a mail that is about to be sent. Guarantee: whoever else takes it before its next try gets null. After the last
 * try there is no next.
 */
export async function claimReset(
  db: Queryable,
  memberId: string,
  link: ResetLink,
  { now, mostAttempts }: { now: Date; mostAttempts: number },
): Promise<{ email: string } | null> {
  const [row] = await db.query<{ email: string }>(
    sql`with claimed as (
          update password_resets
          set attempts = attempts + 1,
            send_at = case when attempts + 1 < ${mostAttempts} then ${now}::timestamptz + 2 ^ attempts * interval '1 minute' end
          from members
          where password_resets.member_id = ${memberId} and members.member_id = password_resets.member_id and send_at <= ${now}
          returning email),
        ${withResetLink(sql`claimed`, link, now)}
        select email from made`,
  );
  return row ?? null;
}

export async function endReset(db: Queryable, memberId: string): Promise<void> {
  await db.query(sql`update password_resets set send_at = null where member_id = ${memberId}`);
}

export async function setPassword(tx: Transaction, memberId: string, passwordHash: string): Promise<void> {
  await tx.query(
    sql`update members set password_hash = ${passwordHash}, failed_sign_ins = 0, locked_until = null
        where member_id = ${memberId}`,
  );
}

/** Guarantee: of those who bring a code of the same half minute, or an older one, the first gets past this line. */
export async function takeStep(tx: Transaction, memberId: string, step: number): Promise<boolean> {
  const taken = await tx.query(
    sql`update members set totp_last_step = ${step}
        where member_id = ${memberId} and (totp_last_step is null or totp_last_step < ${step})
        returning member_id`,
  );
  return taken.length === 1;
}

/** Guarantee: one who brings it gets past this line. */
export async function takeRecoveryCode(tx: Transaction, memberId: string, codeHash: Buffer): Promise<boolean> {
  const taken = await tx.query(
    sql`delete from recovery_codes where member_id = ${memberId} and code_hash = ${codeHash} returning member_id`,
  );
  return taken.length === 1;
}

export async function replaceRecoveryCodes(tx: Transaction, memberId: string, hashes: Buffer[]): Promise<void> {
  await tx.query(sql`delete from recovery_codes where member_id = ${memberId}`);
  await tx.query(sql`insert into recovery_codes (member_id, code_hash) select ${memberId}, unnest(${hashes}::bytea[])`);
}

export async function setPendingSecret(tx: Transaction, memberId: string, sealed: Buffer): Promise<void> {
  await tx.query(sql`update members set totp_pending = ${sealed} where member_id = ${memberId}`);
}

export async function lockPendingSecret(tx: Transaction, memberId: string): Promise<Buffer | null> {
  const [row] = await tx.query<{ totp_pending: Buffer | null }>(
    sql`select totp_pending from members where member_id = ${memberId} for no key update`,
  );
  return row?.totp_pending ?? null;
}

export async function confirmPendingSecret(tx: Transaction, memberId: string, step: number): Promise<void> {
  await tx.query(
    sql`update members set totp_secret = totp_pending, totp_pending = null, totp_last_step = ${step}
        where member_id = ${memberId}`,
  );
}

export async function clearSecret(tx: Transaction, memberId: string): Promise<void> {
  await tx.query(
    sql`update members set totp_secret = null, totp_pending = null, totp_last_step = null where member_id = ${memberId}`,
  );
}

export async function clearSecretByEmail(db: Queryable, email: string): Promise<boolean> {
  const cleared = await db.query(
    sql`with cleared as (
          update members set totp_secret = null, totp_pending = null, totp_last_step = null where email = ${email} returning member_id),
        gone as (delete from recovery_codes using cleared where recovery_codes.member_id = cleared.member_id)
        select member_id from cleared`,
  );
  return cleared.length === 1;
}
