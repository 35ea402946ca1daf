-- Up Migration

-- What one subscription has agreed on apart from its plan: { "price_overrides": [...], "fee_overrides": [...] }. Never changes.
alter table subscriptions add column overrides jsonb not null default '{"price_overrides": [], "fee_overrides": []}';
