-- Up Migration

-- How many of a company's requests of a minute its servers have taken out, slice by slice, to count them down in memory. Unlogged:
-- it is worth nothing a minute later, so it does not wait for the disk; after a crash of PostgreSQL it is empty.
create unlogged table rate_limits (
  company_id text primary key references companies,
  -- Whole minutes since 1970.
  minute bigint not null,
  taken bigint not null check (taken >= 0),
  -- What the last statement has taken, for that statement to return.
  last_slice bigint not null check (last_slice >= 0)
) with (fillfactor = 50);
