-- Up Migration

-- What the lines of a billing come from, so that they can be made again; null of billings that were made before it was kept.
alter table billings add column inputs jsonb;

-- The billing that made a line; null of one made by hand.
alter table invoice_line_items add column billing_id text;
update invoice_line_items set billing_id = invoices.billing_id
from invoices
where invoices.bucket = invoice_line_items.bucket and invoices.customer_id = invoice_line_items.customer_id
  and invoices.invoice_id = invoice_line_items.invoice_id and invoice_line_items.type <> 'manual';

-- Whether people have changed or removed a line that a billing had made.
alter table invoices add column is_edited boolean not null default false;
