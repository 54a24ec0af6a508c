-- Attempts of the last send dates that ended without an answer and are still in time, the latest first: a provider is asked
-- about them once they are quiet, and again each quiet time, because what it knows may come late.
-- :provider, :since (send date), :minutes (quiet time), :now, :most
select u.attempt
from (
    select distinct
        b.batch_id || '-' || cast(extract(epoch from m.claimed_at) * 1000000 as bigint) as attempt,
        m.claimed_at
    from crm.message_failure as f
    inner join crm.message_batch as b on f.campaign = b.campaign and f.send_date = b.send_date
    inner join crm.message as m on b.batch_id = m.batch_id
    where
        f.send_date >= :since and f.status = 'unknown' and f.reason in ('owner_died', 'no_outcome', 'no_answer')
        and b.provider = :provider and b.handed_over_at is not null
        and m.status = 'unknown' and m.status_reason in ('owner_died', 'no_outcome', 'no_answer')
        and m.send_by > :now
        and m.claimed_at + cast(:minutes as integer) * interval '1 minute' <= :now
) as u
left join crm.asked_attempt as a on u.attempt = a.attempt
where
    a.attempt is null
    or (a.found = 0 and a.asked_at + cast(:minutes as integer) * interval '1 minute' <= :now)
order by u.claimed_at desc, u.attempt asc
limit :most
