-- Up Migration

-- Images stay as they were: an invoice of last year shows the logo of last year.
create table logos (
  tenant_id integer not null references tenants,
  -- A hash of the image.
  logo_id text not null,
  image bytea not null check (length(image) <= 102400),
  primary key (tenant_id, logo_id)
);

-- What invoices say of the company.
alter table tenants
  add column address text,
  add column tax_id text,
  add column email text,
  add column invoice_footer text,
  add column logo_id text;

-- Who it is from and for, as both were when it was finalized; null of a draft, which shows them as they are.
alter table invoices add column parties jsonb;
