-- Up Migration

-- What a weighted sum's level did as a period ended and the next one began with it, or as the subscription ended: charged like an event, and
-- in one order with them, so that what all cost can be computed again.
create table level_moves (
  tenant_id integer not null,
  bucket smallint not null,
  customer_id text not null,
  level_move_id text not null,
  subscription_id text not null,
  type text not null check (type in ('opening', 'ending')),
  -- The period that ended, or in which the subscription did.
  period_start timestamptz not null,
  period_end timestamptz not null,
  occurred_at timestamptz not null,
  -- Of the same sequence as the events' positions.
  position bigint not null,
  charges json not null,
  recorded_at timestamptz not null,
  primary key (bucket, customer_id, level_move_id),
  foreign key (bucket, customer_id, subscription_id)
    references subscriptions (bucket, customer_id, subscription_id) on delete cascade
);
