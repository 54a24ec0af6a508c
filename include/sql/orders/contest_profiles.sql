-- What customer files say of persons, and what we know of them: profiles, and consents per channel.
-- Of several rows of one customer in one file the last one counts.
with delivered as (
    select distinct on (c.file_version_id, c.customer)
        c.*,
        crm.key64(f.shop, c.customer) as customer_id,
        f.business_date,
        crm.known_on(f.business_date, f.floor_on, f.floor_before) as known_on
    from staging.customer as c
    inner join staging.file as f on c.file_version_id = f.file_version_id
    where c.reject_reason is null
    order by c.file_version_id asc, c.customer asc, c.row_number desc
),

persons as (select distinct customer_id from delivered),

profiles as (
    select
        p.customer_id,
        p.file_version_id,
        null::bigint as row_number,
        hash_record_extended(row(
            p.name, p.email, p.mobile, p.country, p.region, p.time_zone, p.locale, p.birthday, p.birthday_calendar,
            p.birthday_has_year, p.age, p.sex, p.gift_buyer, p.fake_orders, p.preferred_channel, p.tags, p.invented,
            p.email_masked, p.mobile_masked
        ), 0) as content_hash,
        coalesce(v.business_date, p.valid_from) as business_date,
        p.confirmed_on,
        p.valid_from as known_on,
        p.valid_to as known_until,
        false as is_new
    from crm.customer_profile as p
    left join crm.file_version as v on p.file_version_id = v.file_version_id
    where p.customer_id in (select persons.customer_id from persons)
    union all
    select
        customer_id,
        file_version_id,
        row_number,
        hash_record_extended(row(
            name, email, mobile, country, region, time_zone, locale, birthday, birthday_calendar,
            coalesce(birthday_has_year, true), age, sex, gift_buyer, coalesce(fake_orders, false), preferred_channel,
            coalesce(tags, '{}')::jsonb, coalesce(invented, false),
            coalesce(email_masked, false), coalesce(mobile_masked, false)
        ), 0) as content_hash,
        business_date,
        null as confirmed_on,
        known_on,
        null as known_until,
        true as is_new
    from delivered
),

consents as (
    select
        'consent ' || c.channel as kind,
        c.customer_id,
        c.file_version_id,
        null::bigint as row_number,
        hash_record_extended(row(c.granted, c.source, c.given_at), 0) as content_hash,
        coalesce(v.business_date, c.valid_from) as business_date,
        c.confirmed_on,
        c.valid_from as known_on,
        c.valid_to as known_until,
        false as is_new
    from crm.consent as c
    left join crm.file_version as v on c.file_version_id = v.file_version_id
    where c.customer_id in (select persons.customer_id from persons)
    union all
    select
        'consent ' || channel.name as kind,
        d.customer_id,
        d.file_version_id,
        d.row_number,
        hash_record_extended(row(channel.granted, d.consent_source, d.consent_at), 0) as content_hash,
        d.business_date,
        null as confirmed_on,
        d.known_on,
        null as known_until,
        true as is_new
    from delivered as d
    cross join lateral (values ('email', d.consent_email), ('sms', d.consent_sms)) as channel (name, granted)
    -- A file that does not speak of a consent changes nothing about it.
    where channel.granted is not null
),

versions as (
    select
        'profile' as kind,
        p.*
    from profiles as p
    union all
    select * from consents
)

insert into staging.version (
    kind, key, file_version_id, row_number, customer_id, content_hash, business_date, confirmed_on, known_on, known_until,
    is_new
)
select
    kind,
    customer_id,
    file_version_id,
    row_number,
    customer_id as person,
    content_hash,
    business_date,
    greatest(confirmed_on, business_date) as confirmed_on,
    known_on,
    known_until,
    is_new
from versions;
