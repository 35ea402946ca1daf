-- Up Migration

-- Who signs in to the dashboard. A member may belong to several companies.
create table members (
  member_id text primary key,
  email text not null unique check (email = lower(email)),
  name text not null,
  -- With its parameters and its salt: scrypt$N$r$p$salt$hash.
  password_hash text not null,
  -- Counted before the password is looked at, so that no number of tries at the same time gets past the limit.
  failed_sign_ins integer not null default 0 check (failed_sign_ins >= 0),
  locked_until timestamptz,
  created_at timestamptz not null
);

create table memberships (
  company_id text not null references companies (company_id),
  member_id text not null references members (member_id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'finance', 'developer', 'viewer')),
  created_at timestamptz not null,
  primary key (company_id, member_id)
);
create index memberships_by_member on memberships (member_id);

-- The token itself is not kept: whoever reads the database cannot sign in with what is there.
create table sessions (
  session_id text primary key,
  member_id text not null references members (member_id) on delete cascade,
  token_hash bytea not null unique check (length(token_hash) = 32),
  created_at timestamptz not null,
  last_used_at timestamptz not null
);
create index sessions_by_member on sessions (member_id);

create table one_time_links (
  one_time_link_id text primary key,
  kind text not null check (kind in ('setup', 'invitation', 'password_reset')),
  token_hash bytea not null unique check (length(token_hash) = 32),
  email text check (email = lower(email)),
  company_id text references companies (company_id),
  role text check (role in ('owner', 'admin', 'finance', 'developer', 'viewer')),
  -- Null: until there is a member.
  expires_at timestamptz,
  created_at timestamptz not null,
  check ((kind = 'setup') = (email is null)),
  check ((kind = 'invitation') = (company_id is not null)),
  check ((kind = 'invitation') = (role is not null)),
  check ((kind = 'setup') = (expires_at is null))
);
create unique index one_time_links_invitations on one_time_links (company_id, email) where kind = 'invitation';
