-- Up Migration

-- What is told of customers to whoever listens, in the transaction of what caused it. `data` is sent as it stands.
create table webhook_events (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  webhook_event_id text not null,
  type text not null,
  data json not null,
  created_at timestamptz not null,
  primary key (bucket, customer_id, webhook_event_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade
);
create index webhook_events_by_id on webhook_events (tenant_id, webhook_event_id);

-- What is looked for as a wallet moves; null of nearly every wallet.
alter table wallets
  -- Its balance alerts, with whether each is low.
  add column alerts jsonb,
  -- The threshold of its top-up rule, while that is ready; and when to look whether a top-up is due.
  add column top_up_below numeric check (top_up_below not in ('NaN', 'Infinity', '-Infinity')),
  add column top_up_due_at timestamptz;
create index wallets_to_top_up on wallets (bucket, customer_id) where top_up_due_at is not null;

create table top_up_rules (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  top_up_rule_id text not null,
  account_type text not null check (account_type in ('currency', 'pricing_unit')),
  code text not null,
  threshold numeric not null check (threshold not in ('NaN', 'Infinity', '-Infinity')),
  amount numeric not null check (amount > 0 and amount < 'Infinity'),
  daily_limit numeric check (daily_limit > 0 and daily_limit < 'Infinity'),
  monthly_limit numeric check (monthly_limit > 0 and monthly_limit < 'Infinity'),
  credits_expire_after_days integer check (credits_expire_after_days > 0),
  is_on boolean not null,
  -- Why it was turned off by itself.
  off_reason text check (off_reason in ('payment_failed', 'not_invoiceable')),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bucket, customer_id, top_up_rule_id),
  constraint top_up_rules_one_per_wallet unique (bucket, customer_id, account_type, code),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check (off_reason is null or not is_on)
);

create table top_ups (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  top_up_id text not null,
  -- The rule that asked for it, which may be deleted since; null if somebody did.
  top_up_rule_id text,
  account_type text not null check (account_type in ('currency', 'pricing_unit')),
  code text not null,
  amount numeric not null check (amount > 0 and amount < 'Infinity'),
  credits_expire_after_days integer check (credits_expire_after_days > 0),
  status text not null check (status in ('in_progress', 'paid', 'failed')),
  invoice_id text not null,
  credit_grant_id text,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (bucket, customer_id, top_up_id),
  foreign key (bucket, customer_id, invoice_id) references invoices (bucket, customer_id, invoice_id) on delete cascade,
  check ((status = 'paid') = (credit_grant_id is not null)),
  check ((status = 'in_progress') = (ended_at is null))
);
create unique index top_ups_by_invoice on top_ups (bucket, customer_id, invoice_id);
-- What keeps a rule from asking twice, whoever works it.
create unique index top_ups_one_under_way on top_ups (bucket, customer_id, account_type, code)
  where status = 'in_progress' and top_up_rule_id is not null;
-- What the limits count.
create index top_ups_by_rules on top_ups (bucket, customer_id, account_type, code, created_at)
  where top_up_rule_id is not null;
