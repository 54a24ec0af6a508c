-- Past opt-outs, complaints and bounces: for ever, so the first word of each stays.
-- 'all' is about one address, which tells by itself whether it is an e-mail or a mobile.
-- The business date stands in for a missing time.
-- :time_zone of the business
with told as (
    select distinct on (address_key, channel, reason)
        crm.contact_key(
            case when s.channel <> 'all' then s.channel when s.address like '%@%' then 'email' else 'sms' end, s.address
        ) as address_key,
        s.channel,
        coalesce(s.reason, 'opt_out') as reason,
        coalesce(s.occurred_at, f.business_date::timestamp at time zone :time_zone) as occurred_at,
        crm.known_on(f.business_date, f.floor_on, f.floor_before) as known_on,
        coalesce(s.source, 'import') as source,
        s.file_version_id,
        s.row_number
    from staging.suppression as s
    inner join staging.file as f on s.file_version_id = f.file_version_id
    where s.reject_reason is null
    order by address_key, channel, reason, occurred_at, s.file_version_id, s.row_number
),

added as (
    insert into crm.suppression (contact_key, channel, reason, occurred_at, known_on, source)
    select
        address_key,
        channel,
        reason,
        occurred_at,
        known_on,
        source
    from told
    on conflict (contact_key, channel, reason) do nothing
    returning contact_key, channel, reason
)

insert into staging.settled (
    kind, key, file_version_id, row_number, known_on, is_new, outcome, stored, moved
)
select
    'suppression' as kind,
    t.row_number,
    t.file_version_id,
    t.row_number as position,
    t.known_on,
    true as is_new,
    'published' as outcome,
    true as stored,
    false as moved
from told as t
inner join added as a on t.address_key = a.contact_key and t.channel = a.channel and t.reason = a.reason;
