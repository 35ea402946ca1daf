-- Up Migration

-- Invoices that were final before they had a page and a document get both. Nobody is charged because of it.
update invoices set payment_token = replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
where status <> 'draft' and payment_token is null;

-- They were from and for whoever these are now, as far as anybody can tell.
update invoices set parties = jsonb_build_object(
    'company', jsonb_build_object('name', companies.name, 'address', tenants.address, 'tax_id', tenants.tax_id, 'email', tenants.email,
      'footer', tenants.invoice_footer, 'logo_id', tenants.logo_id),
    'customer', jsonb_build_object(
      'name', coalesce(customers.name, nullif(concat_ws(' ', customers.first_name, customers.last_name), ''), customers.email,
        customers.external_id),
      'email', customers.email, 'address', customers.billing_address, 'tax_id', customers.tax_id, 'timezone', customers.timezone))
from customers join tenants using (tenant_id) join companies using (company_id)
where invoices.status <> 'draft' and invoices.parties is null
  and customers.bucket = invoices.bucket and customers.customer_id = invoices.customer_id;
