-- Up Migration

-- A tenant's own account at Stripe. Its keys are sealed with the server's key.
create table stripe_accounts (
  tenant_id integer primary key references tenants,
  secret_key bytea not null,
  key_last_four text not null check (length(key_last_four) = 4),
  webhook_secret bytea,
  -- Stands in the address to which Stripe sends events.
  webhook_token text not null unique,
  created_at timestamptz not null
);

-- By which Stripe knows a customer.
create table stripe_customers (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  reference text not null,
  primary key (bucket, customer_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade
);

-- A customer asked for a payment method, on the provider's own page.
create table payment_method_setups (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  setup_id text not null,
  provider text not null check (provider in ('stripe')),
  success_url text not null,
  cancel_url text not null,
  status text not null check (status in ('processing', 'requires_action', 'succeeded', 'canceled')),
  reference text,
  action_url text,
  payment_method_id text,
  -- When to tell the provider of it, or to ask what became of it; null once it has ended.
  check_at timestamptz,
  checks smallint not null default 0,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (bucket, customer_id, setup_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check ((status in ('succeeded', 'canceled')) = (ended_at is not null)),
  check ((status = 'succeeded') = (payment_method_id is not null))
);
create index payment_method_setups_to_check on payment_method_setups (bucket, customer_id) where check_at is not null;
create index payment_method_setups_by_id on payment_method_setups (tenant_id, setup_id);

-- What a provider speaks of by its own id.
create index payments_by_reference on payments (tenant_id, reference) where provider = 'stripe';
create index refunds_by_id on refunds (tenant_id, refund_id);
