-- When unknown messages may be tried again at the earliest, if evidence has come by then; null = never any more. They must
-- still be in time then, and nothing must have been heard of them.
-- :campaign, :send_date, :minutes, :again_minutes (until the next look once the quiet time is over), :now
select
    min(
        greatest(
            claimed_at + cast(:minutes as integer) * interval '1 minute',
            cast(:now as timestamptz) + cast(:again_minutes as integer) * interval '1 minute'
        )
    ) as due_at
from crm.message
where
    campaign = :campaign and send_date = :send_date and status = 'unknown'
    and status_reason in ('owner_died', 'no_outcome', 'no_answer')
    and greatest(
        claimed_at + cast(:minutes as integer) * interval '1 minute',
        cast(:now as timestamptz) + cast(:again_minutes as integer) * interval '1 minute'
    ) < send_by
    and message_id not in (select i.message_id from crm.response_inbox as i where i.message_id is not null)
    and contact_key not in (
        select i.contact_key from crm.response_inbox as i where i.contact_key is not null and i.state = 'new'
    )
