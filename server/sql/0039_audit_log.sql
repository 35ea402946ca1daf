-- Up Migration

-- Who has changed what. Written in the transaction of the change, and not changed, but for the erasure of a customer.
create table audit_entries (
  tenant_id integer not null references tenants (tenant_id),
  audit_entry_id text not null,
  actor_type text not null check (actor_type in ('member', 'api_key', 'system')),
  actor_id text,
  -- As they were called then: members and keys go.
  actor_name text,
  operation text not null,
  resource_type text not null,
  resource_id text,
  -- Whom it is about, if a customer: erasing them empties what was there before and after.
  customer_id text,
  -- Texts, and not jsonb, so that every digit and the order of fields stay.
  before json,
  after json,
  request_id text,
  created_at timestamptz not null,
  primary key (tenant_id, audit_entry_id)
);
create index audit_entries_by_resource on audit_entries (tenant_id, resource_id, audit_entry_id);
create index audit_entries_by_customer on audit_entries (tenant_id, customer_id) where customer_id is not null;
create index audit_entries_by_actor on audit_entries (tenant_id, actor_id, audit_entry_id);
