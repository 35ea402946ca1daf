-- Up Migration

-- The last number given out. Updated by the transaction that finalizes, so that numbers have no gap: a rollback takes its own back.
create table invoice_numbers (
  tenant_id integer primary key references tenants,
  prefix text not null,
  last_number bigint not null check (last_number >= 0)
);

-- Since a first invoice was finalized the customer can no longer be deleted: books keep their counterparty.
alter table customers add column first_invoiced_at timestamptz;

create table invoices (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  invoice_id text not null,
  number text,
  status text not null check (status in ('draft', 'open', 'paid', 'void', 'uncollectible')),
  subscription_id text,
  currency_code text not null,
  collection_method text not null check (collection_method in ('send_invoice', 'charge_automatically')),
  days_until_due smallint check (days_until_due between 0 and 365),
  due_date timestamptz,
  period_start timestamptz,
  period_end timestamptz,
  -- Whole minor units of the currency, as the wire has them.
  subtotal_cents bigint not null,
  discount_cents bigint not null check (discount_cents >= 0),
  tax_cents bigint not null check (tax_cents >= 0),
  total_cents bigint not null check (total_cents = subtotal_cents - discount_cents + tax_cents),
  credit_applied_cents bigint not null check (credit_applied_cents >= 0),
  amount_paid_cents bigint not null check (amount_paid_cents >= 0),
  memo text,
  metadata jsonb not null,
  finalized_at timestamptz,
  paid_at timestamptz,
  voided_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (bucket, customer_id, invoice_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check ((status = 'draft') = (number is null) and (status = 'draft') = (finalized_at is null)),
  check ((status = 'paid') = (paid_at is not null)),
  check ((status = 'void') = (voided_at is not null)),
  check (period_start < period_end)
);
create index invoices_by_id on invoices (tenant_id, invoice_id);
create index invoices_by_status on invoices (tenant_id, status, invoice_id);

create table invoice_line_items (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  invoice_id text not null,
  line_item_id text not null,
  type text not null check (type in ('manual', 'fixed_fee', 'usage', 'proration', 'minimum_commitment', 'discount')),
  description text not null,
  quantity numeric not null check (quantity not in ('NaN', 'Infinity', '-Infinity')),
  -- In the currency and not in its minor unit; null where tiers leave no single price.
  unit_amount numeric check (unit_amount not in ('NaN', 'Infinity', '-Infinity')),
  -- Exact, and beside it what is paid: rounded half up to the minor unit.
  amount numeric not null check (amount not in ('NaN', 'Infinity', '-Infinity')),
  amount_cents bigint not null,
  period_start timestamptz,
  period_end timestamptz,
  meter_code text,
  details jsonb,
  created_at timestamptz not null,
  primary key (bucket, customer_id, invoice_id, line_item_id),
  foreign key (bucket, customer_id, invoice_id) references invoices (bucket, customer_id, invoice_id) on delete cascade
);
