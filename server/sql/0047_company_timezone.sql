-- Up Migration

-- In whose days and hours the dashboard shows instants and reads what is typed. Nothing is billed by it.
alter table tenants add column timezone text not null default 'UTC';
