-- How far the sending of a date has come, by campaign, occasion and wave: messages in batches, and in those that are done.
-- :send_date
select
    b.campaign,
    b.occasion,
    b.wave,
    cast(sum(b.messages) as bigint) as messages,
    cast(coalesce(sum(b.messages) filter (where b.status = 'done'), 0) as bigint) as done,
    min(b.planned_send_at) as first_at
from crm.message_batch as b
where b.send_date = :send_date
group by b.campaign, b.occasion, b.wave
