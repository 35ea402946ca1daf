-- Up Migration

-- Amounts of wallets that are reserved for usage to come.
create table holds (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  hold_id text not null,
  account_type text not null check (account_type in ('currency', 'pricing_unit')),
  code text not null,
  -- What it was made for, what is still reserved by it, and what was spent on it.
  initial_amount numeric not null check (initial_amount > 0 and initial_amount < 'Infinity'),
  amount numeric not null check (amount >= 0 and amount <= initial_amount),
  captured numeric not null check (captured not in ('NaN', 'Infinity', '-Infinity')),
  state text not null check (state in ('open', 'captured', 'released', 'expired')),
  expires_at timestamptz not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bucket, customer_id, hold_id),
  foreign key (bucket, customer_id, account_type, code)
    references wallets (bucket, customer_id, account_type, code) on delete cascade
);
create index holds_open on holds (bucket, customer_id, account_type, code) where state = 'open';

-- The sum of a wallet's open holds, and the first of their expiries: until then the sum needs no look at them.
alter table wallets
  add column held numeric not null default 0 check (held >= 0 and held < 'Infinity'),
  add column held_until timestamptz;
