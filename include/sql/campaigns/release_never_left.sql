-- Whom such a send did not reach does not count as contacted. Where nothing of it left at all, it was no campaign for
-- either arm: held-out contacts are let go as well, as after a rejection. The temporary table keeps the two distribution keys
-- (customer_id, contact_key) out of one join.
-- :campaign, :send_date
drop table if exists waiting_contact;

create temporary table waiting_contact on commit drop as
select contact_key
from crm.message
where campaign = :campaign and send_date = :send_date and status = 'skipped';

insert into waiting_contact (contact_key)
select t.contact_key
from crm.contact_claim as t
where
    t.campaign = :campaign and t.send_date = :send_date
    and not exists (
        select from crm.message as m
        where m.campaign = :campaign and m.send_date = :send_date and m.status <> 'skipped'
    );

update crm.contact_claim
set released = true
where
    campaign = :campaign and send_date = :send_date and not released
    and contact_key in (select w.contact_key from waiting_contact as w)
