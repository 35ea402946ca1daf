-- Up Migration

-- What holds for the invoices of plans that say nothing of their own: how long a draft waits for late usage, and who finalizes it.
alter table tenants
  add column invoice_grace_hours integer not null default 1 check (invoice_grace_hours between 0 and 720),
  add column invoice_finalization text not null default 'automatic'
    check (invoice_finalization in ('automatic', 'manual'));
