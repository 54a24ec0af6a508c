-- Profiles and consents as settled: end what is over, drop what was never visible for a whole date, add what is new.
update crm.customer_profile as p
set valid_to = s.known_until, confirmed_on = s.confirmed_on
from (select * from staging.settled where kind = 'profile' and not is_new) as s
where p.customer_id = s.customer_id and p.file_version_id = s.file_version_id and p.valid_from = s.known_on;

delete from crm.customer_profile
where valid_to <= valid_from and customer_id in (select s.customer_id from staging.settled as s where s.kind = 'profile');

insert into crm.customer_profile (
    customer_id, valid_from, valid_to, name, email, mobile, email_key, mobile_key, country, region, time_zone, locale,
    birthday, birthday_calendar, birthday_has_year, age, sex, gift_buyer, fake_orders, preferred_channel, tags, invented,
    email_masked, mobile_masked, file_version_id, confirmed_on
)
select
    s.customer_id,
    s.known_on,
    s.known_until,
    c.name,
    c.email,
    c.mobile,
    crm.contact_key('email', c.email) as email_key,
    crm.contact_key('sms', c.mobile) as mobile_key,
    c.country,
    c.region,
    c.time_zone,
    c.locale,
    c.birthday,
    c.birthday_calendar,
    coalesce(c.birthday_has_year, true) as birthday_has_year,
    c.age,
    c.sex,
    c.gift_buyer,
    coalesce(c.fake_orders, false) as fake_orders,
    c.preferred_channel,
    coalesce(c.tags, '{}')::jsonb as tags,
    coalesce(c.invented, false) as invented,
    coalesce(c.email_masked, false) as email_masked,
    coalesce(c.mobile_masked, false) as mobile_masked,
    s.file_version_id,
    s.confirmed_on
from staging.settled as s
inner join staging.customer as c on s.file_version_id = c.file_version_id and s.row_number = c.row_number
where s.kind = 'profile' and s.is_new and s.stored
order by s.customer_id, s.known_on;

update crm.consent as c
set valid_to = s.known_until, confirmed_on = s.confirmed_on
from (select * from staging.settled where kind like 'consent %' and not is_new) as s
where
    c.customer_id = s.customer_id and 'consent ' || c.channel = s.kind
    and c.file_version_id = s.file_version_id and c.valid_from = s.known_on;

delete from crm.consent
where
    valid_to <= valid_from
    and customer_id in (select s.customer_id from staging.settled as s where s.kind like 'consent %');

insert into crm.consent (
    customer_id, channel, valid_from, valid_to, granted, source, given_at, file_version_id, confirmed_on
)
select
    s.customer_id,
    substr(s.kind, length('consent ') + 1) as channel,
    s.known_on,
    s.known_until,
    case s.kind when 'consent email' then c.consent_email else c.consent_sms end as granted,
    c.consent_source,
    c.consent_at,
    s.file_version_id,
    s.confirmed_on
from staging.settled as s
inner join staging.customer as c on s.file_version_id = c.file_version_id and s.row_number = c.row_number
where s.kind like 'consent %' and s.is_new and s.stored
order by s.customer_id, channel, s.known_on;
