-- Up Migration

-- The months of `events` that lie in a file and no longer here (server/src/metering/archives.ts). A row appears in the transaction that
-- detaches its month and goes in the one that attaches it again, so what is read of events and this never disagree.
create table event_archives (
  -- The first day of the month, in UTC.
  month date primary key,
  -- The name of its file, without the folder: where operators keep it is theirs to say.
  file text not null,
  -- Of the file's lines, as its last line says it too.
  sha256 text not null,
  event_count bigint not null check (event_count >= 0),
  -- The latest start of a period that any of its events counted in; null if none cost anything. Later periods are whole without it.
  latest_period_start timestamptz,
  archived_at timestamptz not null
);
