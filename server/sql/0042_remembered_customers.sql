-- Up Migration

-- Whose copy of the customer's state is still true: a number that a process has given itself. Whoever else changes the state takes it off.
alter table customers add column known_to bigint;

-- Room on every page for the next version of its rows: what events change again and again then stays where it is, and no index need know.
alter table customers set (fillfactor = 90);
alter table wallets set (fillfactor = 70);
alter table credit_grants set (fillfactor = 70);
alter table counters set (fillfactor = 70);
