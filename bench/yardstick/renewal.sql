-- The rows that billing one subscription inserts, bare: a billing, its invoice with eleven lines, and the settlement in the ledger.
select nextval('bare.number') as n \gset
begin;
insert into bare.ledger_entries (tenant_id, bucket, customer_id, account_type, code, seq, kind, amount, balance_after, cause_id, draws, occurred_at, recorded_at)
  values (1, :n % 64, 'c' || :n, 'currency', 'usd', 11, 'invoice_settlement', 2.5, 0, 'c00000000000000000000000b', '[]', now(), now());
insert into bare.invoices (tenant_id, bucket, customer_id, invoice_id, status, subscription_id, billing_id, currency_code, collection_method, days_until_due,
    period_start, period_end, subtotal_cents, discount_cents, tax_cents, total_cents, credit_applied_cents, amount_paid_cents, metadata, created_at, updated_at)
  values (1, :n % 64, 'c' || :n, 'i' || :n, 'draft', 's' || :n, 'b' || :n, 'usd', 'send_invoice', 30, '2026-01-01', '2026-03-01', 2250, 0, 0, 2250, 0, 0, '{}', now(), now());
insert into bare.invoice_line_items (tenant_id, bucket, customer_id, invoice_id, line_item_id, type, description, quantity, unit_amount, amount, amount_cents,
    period_start, period_end, meter_code, details, created_at)
  select 1, :n % 64, 'c' || :n, 'i' || :n, 'c0000000000000000000' || line, 'usage', 'meter_0', 1, null, 0.25, 25, '2026-01-01', '2026-02-01', 'meter_0',
    '{"code": "meter_0", "charged": "0.25", "maximum": [], "dimensions": [{"lines": [{"kind": "units", "amount": "0.25", "quantity": "1", "unitAmount": "0.25"}], "dimension": ""}], "account_type": "currency", "currency_code": "usd", "amount_per_unit": null, "paid_by_credits": "0"}',
    now()
  from generate_series(1, 11) as line;
insert into bare.billings (tenant_id, bucket, customer_id, billing_id, subscription_id, cause, billed_after, billed_at, usage_start, usage_end, settled, invoices,
    closes_at, is_closed, created_at)
  values (1, :n % 64, 'c' || :n, 'b' || :n, 's' || :n, 'renewal', '2026-01-01', '2026-02-01', '2026-01-01', '2026-02-01',
    '{"currency-usd": {"usage": "2.5", "carried": "0", "charged": "2.5"}}', '{"usd": "i"}', now(), false, now());
commit;
