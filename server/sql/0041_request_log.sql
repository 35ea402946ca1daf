-- Up Migration

-- The last requests of each tenant, for whoever looks for what went wrong. Unlogged: it is no record of anything, and a crash may take it.
create unlogged table request_log (
  tenant_id integer not null,
  request_log_id text not null,
  method text not null,
  path text not null,
  operation text not null,
  status smallint not null,
  error_code text,
  request_id text not null,
  api_key_id text not null,
  duration_ms integer not null check (duration_ms >= 0),
  created_at timestamptz not null,
  primary key (tenant_id, request_log_id)
);
