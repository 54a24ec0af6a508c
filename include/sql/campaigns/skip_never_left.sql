-- The messages of such a send that still wait are skipped; one that may have gone out in an earlier attempt is unknown.
-- :campaign, :send_date
with skipped as (
    update crm.message
    set
        status = case when unanswered = 0 then 'skipped' else 'unknown' end,
        status_reason = 'past_send_date'
    where campaign = :campaign and send_date = :send_date and status = 'planned'
    returning customer_id
),

ended as (
    update crm.message_batch
    set status = 'done'
    where campaign = :campaign and send_date = :send_date and status = 'planned'
    returning batch_id
)

select
    (select count(*) from skipped) as messages,
    (select count(*) from ended) as batches
