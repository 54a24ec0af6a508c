-- What was no campaign, by whom arms are drawn, and what goods cost: results count profit by the cost of the very lines.
create table crm.cancelled_send (
    campaign text not null,
    send_date date not null,
    reason text not null check (reason in ('rejected', 'approval_timeout', 'never_left')),
    primary key (campaign, send_date)
);
comment on table crm.cancelled_send is 'Sends of which not one message left: rejected, not answered in time, or let go at night because nothing would ever send them. No campaign for either arm. Local table.';
comment on column crm.cancelled_send.campaign is 'Campaign.';
comment on column crm.cancelled_send.send_date is 'Send date.';
comment on column crm.cancelled_send.reason is 'rejected, approval_timeout or never_left.';

-- Sends that were let go before this table was there: all contacts released, and no message but skipped ones.
-- (Two steps: contacts and messages are distributed by different keys.)
create temporary table released_send on commit drop as
select
    c.campaign,
    c.send_date
from crm.contact_claim as c
group by c.campaign, c.send_date
having bool_and(c.released);

create temporary table partly_sent on commit drop as
select distinct
    m.campaign,
    m.send_date
from crm.message as m
where m.status <> 'skipped';

insert into crm.cancelled_send (campaign, send_date, reason)
select
    r.campaign,
    r.send_date,
    'never_left' as reason
from released_send as r
left join partly_sent as p on r.campaign = p.campaign and r.send_date = p.send_date
where p.campaign is null;

create view crm.counted_wave as
select w.*
from crm.collected_wave as w
where
    not exists (
        select from crm.cancelled_send as s
        where s.campaign = w.campaign and s.send_date = w.send_date
    )
    and not exists (
        select from crm.approval as a
        where a.campaign = w.campaign and a.business_date = w.business_date
        having bool_or(a.outcome in ('rejected', 'timeout')) and not bool_or(coalesce(a.outcome = 'approved', false))
    );
comment on view crm.counted_wave is 'Waves that were a campaign (key: campaign, occasion, wave, send_date): without cancelled sends, and without those that were refused and approved in no other words.';

grant select, insert, update, delete on crm.cancelled_send to crm_writer;
grant select on crm.counted_wave to crm_writer;
