-- Messages that failed for good (known) contacted nobody: they count no more for caps, as in messages/release_contacts.
-- No parameters.
update crm.contact_claim as c
set released = true
where
    not c.released
    and (c.contact_key, c.send_date, c.campaign) in (
        select
            k.contact_key,
            k.send_date,
            k.campaign
        from known as k
        where k.kind in ('bounce', 'dropped', 'soft_bounce', 'undelivered')
    )
