-- Up Migration

-- What is charged when an invoice is collected automatically; null while nothing is saved.
alter table customers add column default_payment_method_id text;

alter table invoices
  -- Opens its public page. Not unique by an index, which could not span machines: it is random enough.
  add column payment_token text,
  -- When it is charged or asked for next; null of one that waits for nothing, or for the outcome of a charge.
  add column next_collection_at timestamptz,
  add column collection_attempts smallint not null default 0 check (collection_attempts >= 0),
  add check (next_collection_at is null or status = 'open');
create index invoices_by_payment_token on invoices (payment_token) where payment_token is not null;
create index invoices_to_collect on invoices (bucket, customer_id) where next_collection_at is not null;

-- How a tenant gets its money. Without a row it is as the columns' defaults say.
create table payment_settings (
  tenant_id integer primary key references tenants,
  bank_details text,
  retry_days smallint[] not null default '{1,3,5,7}',
  after_retries text not null default 'leave_open' check (after_retries in ('leave_open', 'mark_uncollectible', 'cancel_subscription')),
  redirect_origins text[] not null default '{}',
  frame_origins text[] not null default '{}'
);

create table payment_methods (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  payment_method_id text not null,
  provider text not null check (provider in ('sandbox', 'stripe')),
  -- By which the provider knows it. Never a card's number.
  reference text not null,
  brand text not null,
  last_four text not null check (length(last_four) = 4),
  expires_month smallint not null check (expires_month between 1 and 12),
  expires_year smallint not null,
  -- Whether it stays for later; else it is for one payment, and nobody sees it again.
  is_kept boolean not null,
  created_at timestamptz not null,
  primary key (bucket, customer_id, payment_method_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade
);

create table payments (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  payment_id text not null,
  invoice_id text not null,
  provider text not null check (provider in ('sandbox', 'stripe', 'manual')),
  payment_method_id text,
  cause text not null check (cause in ('collection', 'request', 'page', 'record')),
  amount_cents bigint not null check (amount_cents > 0),
  -- What went to the customer's wallet, because the invoice did not need it any more.
  excess_cents bigint not null default 0 check (excess_cents between 0 and amount_cents),
  currency_code text not null,
  status text not null check (status in ('processing', 'requires_action', 'succeeded', 'failed', 'canceled')),
  -- By which the provider knows it; of a bank transfer, what was written on it.
  reference text,
  failure_code text,
  failure_message text,
  action_url text,
  is_disputed boolean not null default false,
  -- What has gone back, or is on its way.
  refunded_cents bigint not null default 0 check (refunded_cents between 0 and amount_cents),
  -- When to tell the provider of it, or to ask what became of it; null once it has ended.
  check_at timestamptz,
  checks smallint not null default 0,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (bucket, customer_id, payment_id),
  foreign key (bucket, customer_id, invoice_id) references invoices (bucket, customer_id, invoice_id) on delete cascade,
  check ((status in ('succeeded', 'failed', 'canceled')) = (ended_at is not null)),
  check ((status = 'failed') = (failure_code is not null))
);
create index payments_by_id on payments (tenant_id, payment_id);
create index payments_by_invoice on payments (bucket, customer_id, invoice_id);
create index payments_to_check on payments (bucket, customer_id) where check_at is not null;
-- What keeps an invoice from being charged twice at the same time.
create unique index payments_one_under_way on payments (bucket, customer_id, invoice_id) where status in ('processing', 'requires_action');

create table refunds (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  refund_id text not null,
  payment_id text not null,
  credit_note_id text not null,
  amount_cents bigint not null check (amount_cents > 0),
  currency_code text not null,
  reason text not null,
  status text not null check (status in ('processing', 'succeeded', 'failed')),
  reference text,
  failure_message text,
  check_at timestamptz,
  checks smallint not null default 0,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (bucket, customer_id, refund_id),
  foreign key (bucket, customer_id, payment_id) references payments (bucket, customer_id, payment_id) on delete cascade,
  check ((status = 'processing') = (ended_at is null))
);
create index refunds_by_payment on refunds (bucket, customer_id, payment_id);
create index refunds_to_check on refunds (bucket, customer_id) where check_at is not null;

alter table credit_notes add column refunded_cents bigint not null default 0 check (refunded_cents between 0 and total_cents - applied_cents);

-- What the sandbox remembers of charges, as a provider does on machines of its own: written by itself, before it answers.
create table sandbox_charges (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  charge_id text not null,
  reference text not null,
  status text not null check (status in ('processing', 'requires_action', 'succeeded', 'failed', 'canceled')),
  failure_code text,
  is_disputed boolean not null default false,
  -- When it becomes something else by itself.
  changes_at timestamptz,
  created_at timestamptz not null,
  primary key (bucket, customer_id, charge_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade
);
