-- The delivery that was read last may still hold the customer: emptied as in orders/forget_erased, and, where it is
-- published, without the shop's id too. Under the lock of customers/erase_wait.
-- :customer_id, :shop, :external_id
create temporary table staged_done on commit drop as
select coalesce(bool_and(v.status <> 'staged'), true) as done
from staging.file as f
inner join crm.file_version as v on f.file_version_id = v.file_version_id;

update staging.order_line as l
set
    customer = case when d.done or l.reject_reason is not null then 'erased' else l.customer end,
    raw = case when l.reject_reason is not null then '{}' end
from staging.file as f
cross join staged_done as d
where l.file_version_id = f.file_version_id and f.shop = :shop and l.customer = :external_id;

update staging.orders as o
set external_customer = 'erased'
from staged_done as d
where d.done and o.customer_id = :customer_id;

update staging.refund as r
set external_customer = 'erased'
from staged_done as d
where d.done and r.customer_id = :customer_id;

update staging.suppression as s
set address = case when d.done then null else s.address end, raw = case when s.reject_reason is not null then '{}' end
from staged_done as d
where
    crm.contact_key('email', s.address) in (select k.contact_key from crm.erased_contact as k)
    or crm.contact_key('sms', s.address) in (select k.contact_key from crm.erased_contact as k);

update staging.contact as s
set address = case when d.done then null else s.address end, raw = case when s.reject_reason is not null then '{}' end
from staged_done as d
where
    crm.contact_key('email', s.address) in (select k.contact_key from crm.erased_contact as k)
    or crm.contact_key('sms', s.address) in (select k.contact_key from crm.erased_contact as k);

update staging.customer as c
set
    name = null,
    email = null,
    mobile = null,
    country = null,
    region = null,
    time_zone = null,
    locale = null,
    birthday = null,
    birthday_calendar = null,
    birthday_has_year = null,
    age = null,
    sex = null,
    gift_buyer = null,
    preferred_channel = null,
    tags = null,
    email_masked = null,
    mobile_masked = null,
    consent_email = null,
    consent_sms = null,
    consent_source = null,
    consent_at = null,
    customer = case when d.done or c.reject_reason is not null then 'erased' else c.customer end,
    raw = case when c.reject_reason is not null then '{}' end
from staging.file as f
cross join staged_done as d
where
    c.file_version_id = f.file_version_id and f.shop = :shop
    and (
        c.customer = :external_id
        or (
            c.reject_reason is not null
            and (
                crm.contact_key('email', c.email) in (select k.contact_key from crm.erased_contact as k)
                or crm.contact_key('sms', c.mobile) in (select k.contact_key from crm.erased_contact as k)
            )
        )
    );
