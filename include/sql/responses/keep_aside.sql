-- What was looked at (taken) and is still there: nobody knows its message. No parameters.
update crm.response_inbox
set state = 'unknown'
where
    state = 'new'
    and (provider, event_id) in (
        select
            t.provider,
            t.event_id
        from taken as t
    )
