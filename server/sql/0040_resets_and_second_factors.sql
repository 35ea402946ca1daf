-- Up Migration

-- Who has asked for a new password. The link is made as it is mailed, so that nothing that opens an account lies here.
create table password_resets (
  member_id text primary key references members (member_id) on delete cascade,
  requested_at timestamptz not null,
  -- When the mail is tried next; null once it is sent, or given up.
  send_at timestamptz,
  attempts smallint not null default 0 check (attempts >= 0)
);
create index password_resets_to_send on password_resets (send_at) where send_at is not null;

alter table members
  -- What the member's app makes its codes of (RFC 6238), sealed with the server's key; null without a second factor.
  add column totp_secret bytea,
  -- The same while it has not been confirmed by a first code.
  add column totp_pending bytea,
  -- The half minute of the last code that was taken: none is taken twice.
  add column totp_last_step bigint;

-- Each stands in for a code, once.
create table recovery_codes (
  member_id text not null references members (member_id) on delete cascade,
  code_hash bytea not null check (length(code_hash) = 32),
  primary key (member_id, code_hash)
);
