-- What is published needs no names any more: the shop's ids of erased customers (they may be e-mail addresses) and the
-- addresses of opt-outs and past contacts that are theirs. Only counts of the staged rows are asked for from now on.
-- An equal id of another shop loses its name here as well, which changes nothing. No parameters.
create temporary table erased_name on commit drop as
select external_customer as customer
from staging.orders
where customer_id in (select e.customer_id from crm.erasure as e)
union
select external_customer
from staging.refund
where customer_id in (select e.customer_id from crm.erasure as e)
union
select c.customer
from staging.customer as c
inner join staging.file as f on c.file_version_id = f.file_version_id
where crm.key64(f.shop, c.customer) in (select e.customer_id from crm.erasure as e);

update staging.customer
set customer = 'erased'
where customer in (select n.customer from erased_name as n);

update staging.order_line
set customer = 'erased'
where customer in (select n.customer from erased_name as n);

update staging.orders
set external_customer = 'erased'
where customer_id in (select e.customer_id from crm.erasure as e);

update staging.refund
set external_customer = 'erased'
where customer_id in (select e.customer_id from crm.erasure as e);

update staging.suppression
set address = null
where
    crm.contact_key('email', address) in (select k.contact_key from crm.erased_contact as k)
    or crm.contact_key('sms', address) in (select k.contact_key from crm.erased_contact as k);

update staging.contact
set address = null
where
    crm.contact_key('email', address) in (select k.contact_key from crm.erased_contact as k)
    or crm.contact_key('sms', address) in (select k.contact_key from crm.erased_contact as k);
