-- Up Migration

-- What the overview adds up, without reading every invoice that there has ever been: this month's, and those that are due.
create index invoices_by_finalization on invoices (tenant_id, finalized_at) include (status, currency_code, total_cents)
  where finalized_at is not null;
create index invoices_due on invoices (tenant_id, due_date) include (currency_code, total_cents, credit_applied_cents, amount_paid_cents)
  where status = 'open';

-- A list of the few that are in a trial must not walk past all that are not.
create index subscriptions_by_status on subscriptions (tenant_id, status, subscription_id);
