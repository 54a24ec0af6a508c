-- Past opt-outs, complaints and bounces of the delivery: the first word of each source stays. Makes said_in_file (with
-- the row that speaks) and fills said, for responses/say_no.
-- 'all' is about one address, which tells by itself whether it is an e-mail or a mobile.
-- The business date stands in for a missing time.
-- :time_zone of the business
create temporary table said_in_file on commit drop as
select distinct on (address_key, channel, reason, source)
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
order by address_key, channel, reason, source, occurred_at, s.file_version_id, s.row_number;

insert into said (contact_key, channel, reason, occurred_at, known_on, source)
select
    address_key,
    channel,
    reason,
    occurred_at,
    known_on,
    source
from said_in_file;

analyze said;
