-- Up Migration

-- Credits pay usage; those that say so pay invoices too.
alter table credit_grants
  add column applies_to text not null default 'usage' check (applies_to in ('usage', 'everything'));
alter table credit_grants alter column applies_to drop default;

-- What an invoice took of its customer's balance as it was finalized (a part of credit_applied_cents), by which ledger entry, and how much of it
-- has gone back since.
alter table invoices
  add column balance_applied_cents bigint not null default 0,
  add column balance_returned_cents bigint not null default 0,
  add column balance_entry_seq bigint,
  add check (balance_applied_cents between 0 and credit_applied_cents),
  add check (balance_returned_cents between 0 and balance_applied_cents),
  add check ((balance_applied_cents > 0) = (balance_entry_seq is not null));

-- One that is paid without a payment, as it is finalized or by a credit note, waits for what follows to be done.
alter table invoices
  drop constraint invoices_check5,
  add constraint invoices_check5 check (next_collection_at is null or status in ('open', 'paid'));

-- By the invoice: what it took, and what came back.
create index ledger_of_invoices on ledger_entries (bucket, customer_id, cause_id) where kind in ('balance_applied', 'balance_returned');
