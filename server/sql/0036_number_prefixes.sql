-- Up Migration

-- What numbers begin with; those that are given already stay as they are.
alter table tenants
  add column invoice_prefix text not null default 'INV-',
  add column credit_note_prefix text not null default 'CN-';
alter table invoice_numbers drop column prefix;
