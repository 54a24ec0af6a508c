-- What was taken in (known) leaves the inbox.
-- No parameters.
delete from crm.response_inbox
where (provider, event_id) in (
    select
        k.provider,
        k.event_id
    from known as k
)
