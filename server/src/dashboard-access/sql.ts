import type { Tenant } from "../http/authentication.ts";
import { sql, type Queryable, type Transaction } from "../platform/db.ts";
import type { Role } from "./roles.ts";

export type MemberRow = { member_id: string; email: string; name: string; password_hash: string };

const memberColumns = sql`member_id, email, name, password_hash`;

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

export async function deleteOtherSessions(tx: Transaction, memberId: string, kept: string): Promise<void> {
  await tx.query(sql`delete from sessions where member_id = ${memberId} and session_id <> ${kept}`);
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
  created_at: Date;
  expires_at: Date | null;
};

const peopleOf = (companyId: string) => sql`
  select member_id as id, email, name, role, 'active' as status, memberships.created_at, null::timestamptz as expires_at
  from memberships join members using (member_id)
  where company_id = ${companyId}
  union all
  select one_time_link_id, email, null, role, 'invited', created_at, expires_at
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

export type LinkRow = { email: string | null; company_id: string | null; role: Role | null };

export async function findLink(
  db: Queryable,
  kind: "setup" | "invitation",
  tokenHash: Buffer,
  now: Date,
): Promise<LinkRow | null> {
  const [row] = await db.query<LinkRow>(
    sql`select email, company_id, role from one_time_links
        where token_hash = ${tokenHash} and kind = ${kind} and (expires_at is null or expires_at > ${now})`,
  );
  return row ?? null;
}

/** The link, which is then used. Guarantee: of those who use it at the same time, one gets it. */
export async function takeLink(
  tx: Transaction,
  kind: "setup" | "invitation",
  tokenHash: Buffer,
  now: Date,
): Promise<LinkRow | null> {
  const [row] = await tx.query<LinkRow>(
    sql`delete from one_time_links
        where token_hash = ${tokenHash} and kind = ${kind} and (expires_at is null or expires_at > ${now})
        returning email, company_id, role`,
  );
  return row ?? null;
}
