-- Up Migration

-- When a customer's personal fields were erased.
alter table customers add column erased_at timestamptz;
