-- Up Migration

create table coupons (
  tenant_id integer not null references tenants,
  coupon_id text not null,
  code text not null,
  name text not null,
  percent_off numeric check (percent_off > 0 and percent_off <= 100),
  amount_off_cents bigint check (amount_off_cents > 0),
  currency_code text,
  duration text not null check (duration in ('once', 'repeating', 'forever')),
  duration_in_months smallint check (duration_in_months > 0),
  max_redemptions integer check (max_redemptions > 0),
  redemptions integer not null default 0,
  redeem_by timestamptz,
  archived_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, coupon_id),
  constraint coupons_code unique (tenant_id, code),
  check ((percent_off is null) <> (amount_off_cents is null)),
  check ((amount_off_cents is null) = (currency_code is null)),
  check ((duration = 'repeating') = (duration_in_months is not null)),
  check (redemptions <= max_redemptions)
);

-- What a coupon takes off a customer's invoices, as the coupon said when it was redeemed.
create table discounts (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  discount_id text not null,
  coupon_code text not null,
  name text not null,
  percent_off numeric check (percent_off > 0 and percent_off <= 100),
  amount_off_cents bigint,
  currency_code text,
  duration text not null check (duration in ('once', 'repeating', 'forever')),
  -- Null is all of the customer's invoices.
  subscription_id text,
  starts_at timestamptz not null,
  ends_at timestamptz,
  -- The invoice that has had it, if it is good for one only.
  invoice_id text,
  created_at timestamptz not null,
  primary key (bucket, customer_id, discount_id),
  foreign key (bucket, customer_id) references customers (bucket, customer_id) on delete cascade,
  check (starts_at <= ends_at),
  check (invoice_id is null or duration = 'once')
);
create index discounts_by_id on discounts (tenant_id, discount_id);

create table tax_rates (
  tenant_id integer not null references tenants,
  tax_rate_id text not null,
  code text not null,
  name text not null,
  percent numeric not null check (percent >= 0 and percent <= 100),
  is_inclusive boolean not null,
  -- Null is wherever no other rate is for.
  country text,
  state text,
  is_reversed_by_tax_id boolean not null,
  archived_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, tax_rate_id),
  constraint tax_rates_code unique (tenant_id, code),
  check (state is null or country is not null)
);

alter table customers
  add column tax_status text not null default 'taxable' check (tax_status in ('taxable', 'exempt', 'reverse_charge'));

-- What the totals of an invoice come from beside its lines.
alter table invoices
  add column discounts jsonb not null default '[]',
  add column taxes jsonb not null default '[]',
  add column tax_treatment text not null default 'taxed' check (tax_treatment in ('taxed', 'exempt', 'reverse_charge'));

-- Discounts take nothing off a line that gives back what they had been taken off before.
alter table invoice_line_items add column is_discountable boolean not null default true;

alter table credit_notes
  add column tax_cents bigint not null default 0,
  add check (tax_cents >= 0 and tax_cents <= total_cents);
