-- A claimed batch holds more than the day of the warm-up has room for: the rest is not sent.
-- :batch_id, :room (messages that may go out)
update crm.message
set status = case when unanswered = 0 then 'skipped' else 'unknown' end, status_reason = 'warm_up'
where
    batch_id = :batch_id and status = 'claimed'
    and message_id in (
        select m.message_id
        from crm.message as m
        where m.batch_id = :batch_id and m.status = 'claimed'
        order by m.message_id
        offset :room
    )
