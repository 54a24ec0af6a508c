-- Customers who were erased by request come in without their profile: the rows that a delivery has of them keep the
-- account, and whether it places fake orders. So their orders count, and they stay nobody. (A shop that still lists them
-- delivers their data every day.) Rows that are set aside keep no content, found by account or by address.
-- The temporary table is asked first: as long as nobody was erased, no row is looked at. No parameters.
create temporary table erased_person on commit drop as
select customer_id from crm.erasure;

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
    customer = case when c.reject_reason is null then c.customer end,
    raw = case when c.reject_reason is not null then '{}' end
from staging.file as f
where
    exists (select from erased_person)
    and c.file_version_id = f.file_version_id
    and (
        crm.key64(f.shop, c.customer) in (select e.customer_id from erased_person as e)
        or (
            c.reject_reason is not null
            and (
                crm.contact_key('email', c.email) in (select k.contact_key from crm.erased_contact as k)
                or crm.contact_key('sms', c.mobile) in (select k.contact_key from crm.erased_contact as k)
            )
        )
    );

update staging.order_line as l
set customer = null, raw = '{}'
from staging.file as f
where
    l.file_version_id = f.file_version_id and l.reject_reason is not null
    and crm.key64(f.shop, l.customer) in (select e.customer_id from erased_person as e);

update staging.suppression as s
set address = null, raw = '{}'
where
    exists (select from erased_person) and s.reject_reason is not null
    and (
        crm.contact_key('email', s.address) in (select k.contact_key from crm.erased_contact as k)
        or crm.contact_key('sms', s.address) in (select k.contact_key from crm.erased_contact as k)
    );

update staging.contact as c
set address = null, raw = '{}'
where
    exists (select from erased_person) and c.reject_reason is not null
    and (
        crm.contact_key('email', c.address) in (select k.contact_key from crm.erased_contact as k)
        or crm.contact_key('sms', c.address) in (select k.contact_key from crm.erased_contact as k)
    );
