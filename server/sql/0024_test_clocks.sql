-- Up Migration

-- Test mode's own time: it stands still until it is moved, and what falls due on the way is done.
create table test_clocks (
  tenant_id integer not null references tenants,
  test_clock_id text not null,
  name text not null,
  frozen_time timestamptz not null,
  -- Where it was when it was last set in motion, and where it is going; null while it stands still.
  moves_from timestamptz,
  moves_to timestamptz,
  -- Customers for whom something could not be done on the way, and why.
  failures jsonb not null,
  -- Until when one process moves it; others leave it alone.
  taken_until timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, test_clock_id),
  check ((moves_from is null) = (moves_to is null)),
  check (moves_to is null or moves_to >= frozen_time)
);

-- The clock by which a customer lives, and its time; null of everybody who lives in real time.
alter table customers
  add column test_clock_id text,
  add column clock_time timestamptz,
  add check ((test_clock_id is null) = (clock_time is null));
create index customers_by_test_clock on customers (bucket, customer_id) include (test_clock_id, clock_time) where clock_time is not null;
