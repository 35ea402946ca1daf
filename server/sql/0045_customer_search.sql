-- Up Migration

-- The words of a customer's names, e-mail and ids, each behind the tenant it belongs to: '12:ada'. One index finds the words that begin with
-- what somebody types, and reads nothing of another tenant. The application makes them (customers/search-words.ts).
alter table customers add column search_words tsvector not null default '';

-- What is there already: as near as SQL comes to it; the next update of a customer makes them right.
update customers
set search_words = array_to_tsvector(array_remove(array_remove(string_to_array(regexp_replace(
  ' ' || translate(
    lower(coalesce(name, '') || ' ' || coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(email, '') || ' '
      || coalesce(external_id, '') || ' ' || customer_id),
    'ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿ',
    'aaaaaaceeeeiiiinooooouuuuyaaaaaaceeeeiiiinooooouuuuyy'
  ),
  '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+', ' ' || tenant_id || ':', 'g'
), ' '), ''), tenant_id || ':'));

-- Written at once: a list of what is still to be written would be read with every search.
create index customers_by_words on customers using gin (search_words) with (fastupdate = off);
