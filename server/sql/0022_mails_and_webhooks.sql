-- Up Migration

alter table tenants
  -- Whether mails to customers leave the house. Off, they are kept to be looked at.
  add column mails text not null default 'on' check (mails in ('on', 'off')),
  -- How many days before an invoice is due its customer is reminded; 0 is never.
  add column invoice_reminder_days integer not null default 3 check (invoice_reminder_days between 0 and 60);
update tenants set mails = 'off' where mode = 'test';

-- What is to be mailed to customers, written in the transaction of what it tells of, and sent a moment later.
create table customer_mails (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  mail_id text not null,
  template text not null,
  -- What the template says it with.
  content json not null,
  recipient text not null,
  sender_name text not null,
  timezone text,
  status text not null check (status in ('kept', 'waiting', 'sent', 'failed')),
  -- How it was last put into words; null until somebody was to get it.
  subject text,
  text_body text,
  html_body text,
  attempts smallint not null default 0 check (attempts >= 0),
  -- When it is tried next; nobody else takes it before.
  send_at timestamptz,
  last_error text,
  created_at timestamptz not null,
  sent_at timestamptz,
  primary key (bucket, customer_id, mail_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check ((status = 'waiting') = (send_at is not null)),
  check ((status = 'sent') = (sent_at is not null))
);
create index customer_mails_by_id on customer_mails (tenant_id, mail_id);
create index customer_mails_to_send on customer_mails (bucket, send_at) where send_at is not null;

-- Where a tenant listens.
create table webhook_endpoints (
  tenant_id integer not null references tenants,
  webhook_endpoint_id text not null,
  url text not null,
  -- Empty: all.
  event_types text[] not null,
  description text,
  -- What requests are signed with, so it must be readable.
  secret text not null,
  previous_secret text,
  -- Until then requests are signed with that too.
  previous_secret_ends_at timestamptz,
  is_on boolean not null default true,
  -- Why it was turned off by itself.
  off_reason text check (off_reason in ('failing')),
  -- Since when nothing has been delivered though it was tried.
  failing_since timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, webhook_endpoint_id),
  check (off_reason is null or not is_on),
  check ((previous_secret is null) = (previous_secret_ends_at is null))
);

-- A webhook event on its way to an endpoint that wants it, written together with the event.
create table webhook_deliveries (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  webhook_event_id text not null,
  webhook_endpoint_id text not null,
  status text not null check (status in ('waiting', 'delivered', 'failed')),
  attempts smallint not null default 0 check (attempts >= 0),
  -- When it is tried next; nobody else takes it before.
  send_at timestamptz,
  -- What it is given up after: three days from when it was first to be sent.
  gives_up_at timestamptz not null,
  response_status smallint,
  last_error text,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (bucket, customer_id, webhook_event_id, webhook_endpoint_id),
  foreign key (bucket, customer_id, webhook_event_id) references webhook_events (bucket, customer_id, webhook_event_id) on delete cascade,
  check ((status = 'waiting') = (send_at is not null)),
  check ((status = 'waiting') = (ended_at is null))
);
create index webhook_deliveries_by_endpoint on webhook_deliveries (tenant_id, webhook_endpoint_id, webhook_event_id);
create index webhook_deliveries_to_send on webhook_deliveries (bucket, send_at) where send_at is not null;
