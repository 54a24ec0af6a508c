-- Message states by what the events (known) say. Any event proves that the provider took the message, whatever the ledger
-- thought; an open, a click, a complaint that it arrived. accepted < delivered < failed, and never back, so that the order
-- in which events come in makes no difference: a mailbox may take a message and return it later. No parameters.
with said as (
    select
        customer_id,
        message_id,
        min(occurred_at) as first_at,
        max(provider_message_id) as provider_message_id,
        bool_or(kind in ('delivered', 'opened', 'clicked', 'complaint')) as arrived,
        -- in the order of the alphabet, which is that of finality: bounce, dropped, soft_bounce, undelivered
        min(kind) filter (where kind in ('bounce', 'dropped', 'soft_bounce', 'undelivered')) as failed_by
    from known
    group by customer_id, message_id
),

moved as (
    select
        m.customer_id,
        m.message_id,
        s.first_at,
        s.provider_message_id,
        case
            when s.failed_by is not null or m.status = 'failed' then 'failed'
            when s.arrived or m.status = 'delivered' then 'delivered'
            else 'accepted'
        end as status,
        case
            when m.status = 'failed' and s.failed_by is not null then least(m.status_reason, s.failed_by)
            when m.status = 'failed' then m.status_reason
            else s.failed_by
        end as status_reason
    from said as s
    inner join crm.message as m on s.customer_id = m.customer_id and s.message_id = m.message_id
)

update crm.message as m
set
    status = moved.status,
    status_reason = moved.status_reason,
    accepted_at = coalesce(m.accepted_at, moved.first_at),
    provider_message_id = coalesce(m.provider_message_id, moved.provider_message_id)
from moved
where
    m.customer_id = moved.customer_id and m.message_id = moved.message_id
    and (m.status, m.status_reason) is distinct from (moved.status, moved.status_reason)
