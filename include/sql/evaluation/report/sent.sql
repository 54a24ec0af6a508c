-- What went out on the last send dates, by campaign and channel.
-- :as_of  business date of the report
-- :days   send dates, :as_of the last of them
select
    b.send_date,
    b.campaign,
    b.occasion,
    b.wave,
    b.channel,
    b.provider,
    cast(sum(b.messages) as bigint) as messages,
    cast(coalesce(sum(b.messages) filter (where b.status <> 'done'), 0) as bigint) as waiting
from crm.message_batch as b
where b.send_date between cast(:as_of as date) - (cast(:days as integer) - 1) and :as_of
group by b.send_date, b.campaign, b.occasion, b.wave, b.channel, b.provider
order by b.send_date desc, b.campaign asc, b.occasion asc, b.wave asc, b.channel asc, b.provider asc
