-- Let go of the contacts of batches that did not happen: skipped and definitely failed messages count no more for caps;
-- unknown ones do.
-- The temporary table keeps the two distribution keys (customer_id, contact_key) out of one join.
-- :batch_ids (array)
drop table if exists released_contact;

create temporary table released_contact on commit drop as
select
    contact_key,
    campaign,
    send_date
from crm.message
where batch_id = any(:batch_ids) and status in ('skipped', 'failed');

update crm.contact_claim as c
set released = true
where
    not c.released
    and (c.contact_key, c.campaign, c.send_date) in (
        select
            r.contact_key,
            r.campaign,
            r.send_date
        from released_contact as r
    );
