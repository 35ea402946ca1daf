-- Up Migration

alter table events rename to events_in_one;
alter table events_in_one rename constraint events_pkey to events_in_one_pkey;
alter table events_in_one rename constraint events_check to events_in_one_check;
drop index events_by_id;
drop index events_by_time;

-- Partitioned by the time in the id, so that a month that is over can be put aside as a whole; deduplication is by `event_keys` and
-- needs no events. The months are made as time goes on (event-months.ts); what no month takes goes to `events_rest`.
-- Here, in `event_keys` and in `ledger_entries` there are no foreign keys: whoever writes rows of a customer holds the customer's
-- lock, so a check for each row would only find the same customer again. `customer_remains` says what is still to be deleted.
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
  -- `json` keeps the text as it came, and costs an insert less than `jsonb`.
  properties json not null,
  -- What it cost, price by price, with the counters before and after: [{ "subscription_id", "plan_version", "price_code", … }].
  charges json not null,
  recorded_at timestamptz not null,
  voided_at timestamptz,
  -- Where the event was taken out again, in the same order as `position`.
  voided_position bigint,
  -- What taking it out changed, price by price, as in `charges`.
  void_charges json,
  primary key (bucket, customer_id, event_id),
  check ((voided_at is null) = (voided_position is null) and (voided_at is null) = (void_charges is null))
) partition by range (event_id);
create index events_by_id on events (tenant_id, event_id);
create index events_by_time on events (bucket, customer_id, occurred_at, event_id);
create table events_rest partition of events default;

insert into events (tenant_id, bucket, customer_id, event_id, position, event_name, idempotency_key, occurred_at, properties, charges,
    recorded_at, voided_at, voided_position, void_charges)
  overriding system value
  select tenant_id, bucket, customer_id, event_id, position, event_name, idempotency_key, occurred_at, properties::json, charges::json,
    recorded_at, voided_at, voided_position, void_charges::json
  from events_in_one;
select setval(pg_get_serial_sequence('events', 'position'), coalesce(max(greatest(position, voided_position)), 0) + 1, false) from events;
drop table events_in_one;

alter table event_keys drop constraint event_keys_bucket_customer_id_fkey;
alter table ledger_entries drop constraint ledger_entries_bucket_customer_id_account_type_code_fkey;
alter table ledger_entries alter column draws type json;

-- Customers who are deleted and have left more rows than one transaction should delete; a job deletes the rest and then this row.
create table customer_remains (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  deleted_at timestamptz not null,
  primary key (bucket, customer_id)
);
