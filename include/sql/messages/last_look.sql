-- The last look before a batch is given to its provider: who said no since the decision, whose time has passed,
-- whose address went. Newest facts on purpose, not those as of the business date: an opt-out counts at once.
-- The refused are skipped; those that may have gone out in an earlier attempt are unknown.
-- :batch_id, :business_date, :now
with addressed as (
    select
        m.*,
        -- The address or the person, whatever address they have by now. opt_out before complaint before bounce
        greatest(
            (
                select max(s.reason) from crm.suppression as s
                where
                    s.contact_key = m.contact_key and s.channel in (m.channel, 'all')
                    and crm.suppresses(s.known_on, s.lifted_on, 'infinity')
            ),
            (
                select max(s.reason) from crm.customer_suppression as s
                where
                    s.customer_id = m.customer_id and s.channel in (m.channel, 'all')
                    and crm.suppresses(s.known_on, s.lifted_on, 'infinity')
            )
        ) as suppressed
    from crm.message as m
    where m.batch_id = :batch_id and m.status = 'claimed'
),

checked as (
    select
        m.customer_id,
        m.message_id,
        case
            when m.suppressed is not null then m.suppressed
            when c.granted is not true then 'no_consent'
            when p.customer_id is null then 'no_address'
            when m.send_by < :now then 'send_by'
        end as refusal
    from addressed as m
    left join crm.consent as c on m.customer_id = c.customer_id and m.channel = c.channel and c.valid_to is null
    left join crm.customer_profile as p
        on
            m.customer_id = p.customer_id
            and crm.is_known(p.valid_from, p.valid_to, :business_date)
            and case m.channel when 'email' then p.email_key else p.mobile_key end = m.contact_key
),

-- Found before they are joined again: they are few.
refused as materialized (
    select
        customer_id,
        message_id,
        refusal
    from checked
    where refusal is not null
)

update crm.message as m
set status = case when m.unanswered = 0 then 'skipped' else 'unknown' end, status_reason = refused.refusal
from refused
where m.customer_id = refused.customer_id and m.message_id = refused.message_id
returning m.message_id
