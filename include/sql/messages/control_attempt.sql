-- An attempt that the provider certainly took, of the sends that have unknown messages, quiet as they are: if the provider
-- does not know this one, what it says of others proves nothing. No row: there is none.
-- :provider, :since (send date), :minutes (quiet time), :now
select m.batch_id || '-' || cast(extract(epoch from m.claimed_at) * 1000000 as bigint) as attempt
from crm.message as m
where
    (m.campaign, m.send_date) in (
        select
            f.campaign,
            f.send_date
        from crm.message_failure as f
        where f.send_date >= :since and f.status = 'unknown'
    )
    and m.provider = :provider and m.status in ('accepted', 'delivered')
    and m.claimed_at + cast(:minutes as integer) * interval '1 minute' <= :now
order by m.claimed_at desc
limit 1
