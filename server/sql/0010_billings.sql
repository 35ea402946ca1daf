-- Up Migration

-- What a subscription's calendar and billing have come to. `next_due_at` is when something falls due next by time alone.
alter table subscriptions
  add column quantity numeric not null default 1 check (quantity >= 0 and quantity < 'Infinity'),
  add column step_start timestamptz,
  add column step_end timestamptz,
  -- The schedule after a renewal date or an anchor day was changed; null while it follows from the start and the anchor day.
  add column moved_schedule jsonb,
  add column paused_at timestamptz,
  -- Everything that fell due until then is on an invoice, or on none because there was nothing.
  add column billed_until timestamptz,
  -- The end of the last usage period that is on an invoice, and of the last one that takes no more late usage.
  add column usage_billed_until timestamptz,
  add column usage_closed_until timestamptz,
  add column levels_end_at timestamptz,
  add column next_due_at timestamptz;
update subscriptions set step_start = current_period_start, step_end = current_period_end,
  billed_until = case when status in ('active', 'past_due') then current_period_start end,
  usage_billed_until = case when status in ('active', 'past_due') then current_period_start end,
  next_due_at = case status when 'pending' then activates_at when 'canceled' then null else current_period_end end;
alter table subscriptions
  alter column step_start set not null,
  alter column step_end set not null,
  add check (step_start < step_end),
  add check (current_period_start <= step_start and step_end <= current_period_end);
drop index subscriptions_to_activate;
create index subscriptions_due on subscriptions (next_due_at, bucket, customer_id) where next_due_at is not null;

-- What fixed fees are owed for from an instant on: how many seats, and whether at all.
create table fee_bases (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  subscription_id text not null,
  starts_at timestamptz not null,
  quantity numeric not null check (quantity >= 0 and quantity < 'Infinity'),
  is_billed boolean not null,
  is_credited boolean not null,
  primary key (bucket, customer_id, subscription_id, starts_at),
  foreign key (bucket, customer_id, subscription_id)
    references subscriptions (bucket, customer_id, subscription_id) on delete cascade
);
insert into fee_bases (tenant_id, bucket, customer_id, subscription_id, starts_at, quantity, is_billed, is_credited)
select tenant_id, bucket, customer_id, subscription_id, current_period_start, 1, true, true
from subscriptions where status in ('active', 'past_due');

-- One for every time that a subscription was billed: everything that fell due in (billed_after, billed_at].
create table billings (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  billing_id text not null,
  subscription_id text not null,
  cause text not null check (cause in ('activation', 'trial_end', 'billing', 'renewal', 'end')),
  billed_after timestamptz,
  billed_at timestamptz not null,
  -- The usage period that it closes; null if it closes none.
  usage_start timestamptz,
  usage_end timestamptz,
  -- At an end: whether what was paid for longer is given back.
  is_credited boolean,
  -- By denomination: what the usage came to and what of it was settled, when the lines were last made.
  settled jsonb not null,
  -- By currency: the id of its invoice.
  invoices jsonb not null,
  -- When it takes no more late usage, and whether that has come.
  closes_at timestamptz not null,
  is_closed boolean not null,
  created_at timestamptz not null,
  primary key (bucket, customer_id, billing_id),
  -- What keeps every period from being billed twice, whoever bills it.
  constraint billings_once unique (bucket, customer_id, subscription_id, billed_at, cause),
  foreign key (bucket, customer_id, subscription_id)
    references subscriptions (bucket, customer_id, subscription_id) on delete cascade,
  check ((usage_start is null) = (usage_end is null))
);
create index billings_open on billings (bucket, customer_id) where not is_closed;

alter table invoices add column billing_id text;
create unique index invoices_one_per_billing on invoices (bucket, customer_id, billing_id, currency_code) where billing_id is not null;
create index invoices_by_subscription on invoices (bucket, customer_id, subscription_id) where subscription_id is not null;

-- What is given back of a finalized invoice. `applied_cents` lowered what was due of it, the rest went into the wallet.
create table credit_notes (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  credit_note_id text not null,
  number text not null,
  invoice_id text not null,
  currency_code text not null,
  total_cents bigint not null check (total_cents > 0),
  applied_cents bigint not null check (applied_cents between 0 and total_cents),
  reason text not null,
  lines jsonb not null,
  created_at timestamptz not null,
  primary key (bucket, customer_id, credit_note_id),
  foreign key (bucket, customer_id, invoice_id) references invoices (bucket, customer_id, invoice_id) on delete cascade
);
create index credit_notes_by_id on credit_notes (tenant_id, credit_note_id);
create index credit_notes_by_invoice on credit_notes (bucket, customer_id, invoice_id);

-- Each series of numbers is without gaps.
alter table invoice_numbers add column series text not null default 'invoice' check (series in ('invoice', 'credit_note'));
alter table invoice_numbers drop constraint invoice_numbers_pkey;
alter table invoice_numbers add primary key (tenant_id, series);

-- What a plan gives with every period is given once, however often the renewal is worked.
alter table credit_grants add column recurring_key text;
create unique index credit_grants_once on credit_grants (bucket, customer_id, subscription_id, recurring_key)
  where recurring_key is not null;
-- What goes on into the next period is what was left as the grants of the last expired.
create index ledger_expiries on ledger_entries (bucket, customer_id, cause_id) where kind = 'expiry';
