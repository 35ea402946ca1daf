-- Up Migration

-- Events that are accepted but not worked yet. Whose they are may be unknown, so they are the tenant's: the bucket says which of
-- them are worked in order, and the customer is not part of the key.
create table queued_events (
  tenant_id integer not null,
  bucket smallint not null check (bucket between 0 and 63),
  position bigint generated always as identity,
  customer_id text,
  external_customer_id text,
  event_name text not null,
  idempotency_key text not null,
  occurred_at timestamptz not null,
  -- As it came, with every digit; nobody searches in it.
  properties json not null,
  bytes integer not null,
  accepted_at timestamptz not null,
  primary key (tenant_id, bucket, position),
  check (customer_id is not null or external_customer_id is not null)
);

-- Queued events that could not be recorded, with the reason, until they are retried or discarded.
create table rejected_events (
  tenant_id integer not null,
  rejected_event_id text not null,
  bucket smallint not null check (bucket between 0 and 63),
  customer_id text,
  external_customer_id text,
  event_name text not null,
  idempotency_key text not null,
  occurred_at timestamptz not null,
  properties json not null,
  code text not null,
  message text not null,
  details jsonb,
  accepted_at timestamptz not null,
  rejected_at timestamptz not null,
  primary key (tenant_id, rejected_event_id),
  check (customer_id is not null or external_customer_id is not null)
);
create index rejected_events_by_customer on rejected_events (tenant_id, customer_id, rejected_event_id);
create index rejected_events_by_code on rejected_events (tenant_id, code, rejected_event_id);
