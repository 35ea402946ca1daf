-- Up Migration

-- Links to subscribe by. The token itself is not kept: whoever reads the database cannot open one.
create table signup_links (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  signup_link_id text not null,
  token_hash bytea not null check (length(token_hash) = 32),
  plan_code text not null,
  success_url text,
  back_url text,
  previous_subscription_id text,
  change_timing_mode text check (change_timing_mode in ('now', 'end_of_period')),
  cancel_now_prepaid_refund_policy text check (cancel_now_prepaid_refund_policy in ('prorated_refund', 'no_refund')),
  -- The subscription that it has made or changed; null while it is unused.
  subscription_id text,
  used_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null,
  primary key (bucket, customer_id, signup_link_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check ((previous_subscription_id is null) = (change_timing_mode is null)),
  check ((subscription_id is null) = (used_at is null))
);
create index signup_links_by_token on signup_links (token_hash);

create table portal_links (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  portal_link_id text not null,
  token_hash bytea not null check (length(token_hash) = 32),
  expires_at timestamptz not null,
  created_at timestamptz not null,
  primary key (bucket, customer_id, portal_link_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade
);
create index portal_links_by_token on portal_links (token_hash);
