-- Whom such a send did not reach does not count as contacted. Where nothing of it left at all, it was no campaign for
-- either arm: held-out contacts are let go as well, as after a rejection. The temporary table keeps the two distribution keys
-- (customer_id, contact_key) out of one join.
-- :campaign, :send_date
drop table if exists waiting_contact;

create temporary table waiting_contact on commit drop as
select contact_key
from crm.message
where campaign = :campaign and send_date = :send_date and status = 'skipped';

with nothing_left as (
    select not exists (
        select from crm.message as m
        where m.campaign = :campaign and m.send_date = :send_date and m.status <> 'skipped'
    ) as is_so
),

let_go as (
    update crm.contact_claim as t
    set released = true
    where
        t.campaign = :campaign and t.send_date = :send_date and not t.released
        and (
            (select n.is_so from nothing_left as n)
            or t.contact_key in (select w.contact_key from waiting_contact as w)
        )
    returning contact_key
)

select count(*) as contacts from let_go
