-- Up Migration

-- Companies and catalogs are small and read everywhere: reference tables on a distributed PostgreSQL.

create table companies (
  company_id text primary key,
  name text not null,
  currency_code text not null,
  rate_limit_per_minute integer check (rate_limit_per_minute >= 0),
  created_at timestamptz not null
);

create table tenants (
  tenant_id integer generated always as identity primary key,
  company_id text not null references companies,
  mode text not null check (mode in ('live', 'test')),
  unique (company_id, mode)
);

create table api_keys (
  tenant_id integer not null references tenants,
  api_key_id text not null,
  name text,
  hash bytea not null unique check (length(hash) = 32),
  last_four text not null check (length(last_four) = 4),
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, api_key_id)
);

create table idempotency_keys (
  tenant_id integer not null references tenants,
  key_hash bytea not null check (length(key_hash) = 32),
  request_hash bytea not null check (length(request_hash) = 32),
  status smallint not null,
  answer bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, key_hash)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

create table pricing_units (
  tenant_id integer not null references tenants,
  pricing_unit_id text not null,
  code text not null,
  name text not null,
  description text,
  created_at timestamptz not null,
  primary key (tenant_id, pricing_unit_id),
  constraint pricing_units_code unique (tenant_id, code)
);

-- What a unit is worth in a currency from an instant on. Append-only: a new worth is a new row.
create table pricing_unit_conversions (
  tenant_id integer not null,
  conversion_id text not null,
  pricing_unit_code text not null,
  currency_code text not null,
  amount_per_unit numeric not null check (amount_per_unit > 0 and amount_per_unit < 'Infinity'),
  effective_from timestamptz not null,
  created_at timestamptz not null,
  primary key (tenant_id, conversion_id),
  foreign key (tenant_id, pricing_unit_code) references pricing_units (tenant_id, code),
  constraint pricing_unit_conversions_instant unique (tenant_id, pricing_unit_code, currency_code, effective_from)
);

create table meters (
  tenant_id integer not null references tenants,
  meter_id text not null,
  code text not null,
  name text not null,
  event_name text not null,
  aggregation jsonb not null,
  "window" text check ("window" in ('hour', 'day')),
  filters jsonb not null,
  created_at timestamptz not null,
  archived_at timestamptz,
  primary key (tenant_id, meter_id),
  constraint meters_code unique (tenant_id, code)
);

create table plans (
  tenant_id integer not null references tenants,
  plan_id text not null,
  code text not null,
  latest_version integer not null check (latest_version >= 1),
  created_at timestamptz not null,
  primary key (tenant_id, plan_id),
  constraint plans_code unique (tenant_id, code)
);

-- Immutable: a change is a new version, and subscriptions keep theirs until moved.
create table plan_versions (
  tenant_id integer not null,
  plan_code text not null,
  version integer not null check (version >= 1),
  document jsonb not null,
  created_at timestamptz not null,
  primary key (tenant_id, plan_code, version),
  foreign key (tenant_id, plan_code) references plans (tenant_id, code)
);

-- A customer's data: bucket and customer first in every key, so that a customer's rows lie together and on one machine.

create table customers (
  tenant_id integer not null,
  bucket smallint not null check (bucket between 0 and 63),
  customer_id text not null,
  name text,
  first_name text,
  last_name text,
  email text,
  phone text,
  url text,
  external_id text,
  billing_address jsonb,
  shipping_address jsonb,
  currency_code text,
  tax_id text,
  timezone text not null,
  metadata jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bucket, customer_id)
);
create index customers_by_id on customers (tenant_id, customer_id);
create index customers_by_external_id on customers (tenant_id, external_id) where external_id is not null;
create index customers_by_name on customers (tenant_id, name) where name is not null;
create index customers_by_last_name on customers (tenant_id, last_name) where last_name is not null;
create index customers_by_first_name on customers (tenant_id, first_name) where first_name is not null;

create table subscriptions (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  subscription_id text not null,
  plan_code text not null,
  plan_version integer not null,
  status text not null check (status in ('pending', 'trialing', 'active', 'past_due', 'canceled')),
  -- Set on a subscription created active with a start still ahead: pending until then, active from then on.
  activates_at timestamptz,
  start_date timestamptz not null,
  -- The customer's when it was created: a customer who moves does not move the periods of what is running.
  timezone text not null,
  -- The first instant of the day of the start date: where its first period begins.
  starts_at timestamptz not null,
  billing_anchor_day smallint not null check (billing_anchor_day between 1 and 31),
  current_period_start timestamptz not null,
  current_period_end timestamptz not null,
  next_renewal_date timestamptz,
  trial_end timestamptz,
  cancel_at timestamptz,
  canceled_at timestamptz,
  ended_at timestamptz,
  scheduled_plan_code text,
  previous_subscription_id text,
  metadata jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bucket, customer_id, subscription_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check (current_period_start < current_period_end)
);
create index subscriptions_by_id on subscriptions (tenant_id, subscription_id);
create unique index subscriptions_one_per_plan on subscriptions (bucket, customer_id, plan_code) where status <> 'canceled';
create index subscriptions_by_plan on subscriptions (tenant_id, plan_code, plan_version) where status <> 'canceled';
create index subscriptions_to_activate on subscriptions (activates_at) where activates_at is not null;

create table wallets (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  account_type text not null check (account_type in ('currency', 'pricing_unit')),
  code text not null,
  balance numeric not null check (balance not in ('NaN', 'Infinity', '-Infinity')),
  last_seq bigint not null check (last_seq >= 0),
  -- When the next grant starts or expires: until then the balance needs no look at the grants.
  next_change_at timestamptz,
  updated_at timestamptz not null,
  primary key (bucket, customer_id, account_type, code),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade
);
create index wallets_to_settle on wallets (next_change_at) where next_change_at is not null;

create table credit_grants (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  credit_grant_id text not null,
  subscription_id text,
  account_type text not null,
  code text not null,
  name text not null,
  amount numeric not null check (amount > 0 and amount < 'Infinity'),
  remaining numeric not null check (remaining >= 0 and remaining <= amount),
  kind text not null check (kind in ('promotional', 'paid')),
  priority integer not null,
  state text not null check (state in ('scheduled', 'active', 'exhausted', 'expired', 'voided')),
  effective_at timestamptz not null,
  expires_at timestamptz check (expires_at > effective_at),
  metadata jsonb not null,
  created_at timestamptz not null,
  primary key (bucket, customer_id, credit_grant_id),
  foreign key (bucket, customer_id, account_type, code) references wallets (bucket, customer_id, account_type, code)
    on delete cascade
);
create index credit_grants_live on credit_grants (bucket, customer_id) where state in ('scheduled', 'active');

-- Append-only: one chain per customer and denomination.
create table ledger_entries (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  account_type text not null,
  code text not null,
  seq bigint not null check (seq >= 1),
  kind text not null,
  amount numeric not null check (amount not in ('NaN', 'Infinity', '-Infinity')),
  balance_after numeric not null check (balance_after not in ('NaN', 'Infinity', '-Infinity')),
  -- What made it: a usage, a grant, …
  cause_id text not null,
  -- Which grants paid: [{ "grant_id", "amount" }].
  draws jsonb not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  primary key (bucket, customer_id, account_type, code, seq),
  foreign key (bucket, customer_id, account_type, code) references wallets (bucket, customer_id, account_type, code)
    on delete cascade
);

-- What the events of a period have come to so far: what an event's cost is the difference of.
create table counters (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  subscription_id text not null,
  price_code text not null,
  period_start timestamptz not null,
  -- The start of the window inside the period in milliseconds since 1970; -1 for the period as a whole.
  window_start_ms bigint not null check (window_start_ms >= -1),
  dimension text not null,
  quantity numeric not null check (quantity not in ('NaN', 'Infinity', '-Infinity')),
  event_count bigint not null check (event_count >= 0),
  accrued numeric not null check (accrued not in ('NaN', 'Infinity', '-Infinity')),
  -- What the aggregation remembers beside its reading; its numbers are strings.
  memory jsonb,
  primary key (bucket, customer_id, subscription_id, price_code, period_start, window_start_ms, dimension),
  foreign key (bucket, customer_id, subscription_id) references subscriptions (bucket, customer_id, subscription_id)
    on delete cascade
);

-- The values that a counter has seen, for aggregations that forget: how many events have brought each.
create table counter_values (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  subscription_id text not null,
  price_code text not null,
  period_start timestamptz not null,
  window_start_ms bigint not null check (window_start_ms >= -1),
  dimension text not null,
  -- Of the value's text, which may be longer than a key can be.
  value_hash bytea not null check (length(value_hash) = 16),
  value text not null,
  quantity numeric not null check (quantity not in ('NaN', 'Infinity', '-Infinity')),
  at_ms bigint not null,
  times bigint not null check (times >= 0),
  primary key (bucket, customer_id, subscription_id, price_code, period_start, window_start_ms, dimension, value_hash),
  foreign key (bucket, customer_id, subscription_id) references subscriptions (bucket, customer_id, subscription_id)
    on delete cascade
);

create table events (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  event_id text not null,
  -- In the order in which the customer's events were recorded: what they cost is computed again in this order.
  position bigint generated always as identity,
  event_name text not null,
  idempotency_key text not null,
  occurred_at timestamptz not null,
  properties jsonb not null,
  -- What it cost, price by price, with the counters before and after: [{ "subscription_id", "plan_version", "price_code", … }].
  charges jsonb not null,
  recorded_at timestamptz not null,
  voided_at timestamptz,
  -- Where the event was taken out again, in the same order as `position`.
  voided_position bigint,
  -- What taking it out changed, price by price, as in `charges`.
  void_charges jsonb,
  primary key (bucket, customer_id, event_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check ((voided_at is null) = (voided_position is null) and (voided_at is null) = (void_charges is null))
);
create index events_by_id on events (tenant_id, event_id);
create index events_by_time on events (bucket, customer_id, occurred_at, event_id);

-- Deduplication without a window: a narrow key of fixed size. The original text stands in the event and is compared there.
create table event_keys (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  key_hash bytea not null check (length(key_hash) = 16),
  event_id text not null,
  -- Of what the event says, so that the same key with another event is told apart.
  fingerprint bytea not null check (length(fingerprint) = 16),
  primary key (bucket, customer_id, key_hash),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade
);
