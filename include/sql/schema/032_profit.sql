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
comment on column crm.counted_wave.campaign is 'Campaign.';
comment on column crm.counted_wave.occasion is 'Occasion.';
comment on column crm.counted_wave.wave is 'Wave.';
comment on column crm.counted_wave.send_date is 'Send date.';
comment on column crm.counted_wave.kind is 'Kind of campaign.';
comment on column crm.counted_wave.business_date is 'Business date that was decided on.';
comment on column crm.counted_wave.goal is 'Declared goal.';
comment on column crm.counted_wave.epoch is 'Epoch of the arms.';
comment on column crm.counted_wave.declaration_hash is 'Declaration in force.';
comment on column crm.counted_wave.codes is 'Codes of the shop''s own that its offers name, in capitals.';
comment on column crm.counted_wave.customers is 'Assignments, both arms.';
comment on column crm.counted_wave.first_send_at is 'Earliest planned_send_at.';
comment on column crm.counted_wave.last_send_at is 'Latest planned_send_at.';

grant select, insert, update, delete on crm.cancelled_send to crm_writer;
grant select on crm.counted_wave to crm_writer;

-- Arms are drawn by person, and so are results: of several accounts with one address the first entry counts.
alter table crm.assignment add column person_key bigint;
update crm.assignment as a
set person_key = crm.key64('person', coalesce(cast(d.assignment_key as text), cast(d.customer_id as text)))
from crm.decision as d
where
    a.customer_id = d.customer_id and a.campaign = d.campaign and a.occasion = d.occasion and a.instance = d.instance
    and a.wave = d.wave;
update crm.assignment
set person_key = crm.key64('person', cast(customer_id as text))
where person_key is null;
alter table crm.assignment alter column person_key set not null;
comment on column crm.assignment.person_key is 'Who it is, whichever account: a hash of the key that the arm was drawn by, of the account where there was none.';

-- What the goods cost, line by line. Conversions from before are priced by the next collection.
alter table crm.conversion
add column goods_cost numeric(18, 4),
add column costed_amount numeric(18, 4),
add column costed_lines integer[],
add column line_amounts numeric(18, 4)[],
add column line_costs numeric(18, 4)[],
add column unpriced_products bigint[];
create index conversion_without_cost on crm.conversion (send_date) where costed_amount is null;
comment on column crm.conversion.goods_cost is 'Cost of this version''s lines of which it is known, before refunds; reporting currency; null = not looked up yet.';
comment on column crm.conversion.costed_amount is 'Amount of these lines, before refunds; reporting currency.';
comment on column crm.conversion.costed_lines is 'These lines'' numbers, so that a refund of a line takes its cost back; null = none.';
comment on column crm.conversion.line_amounts is 'Amount of each of costed_lines.';
comment on column crm.conversion.line_costs is 'Cost of each of costed_lines.';
comment on column crm.conversion.unpriced_products is 'Products of its lines that had no unit cost then (their category''s margin may have served); null = none.';

create table crm.costed_file (
    file_version_id bigint primary key
);
comment on table crm.costed_file is 'Product files whose unit costs conversions have. A set, not a highest number, as crm.collected_file. Local table.';
comment on column crm.costed_file.file_version_id is 'File version.';
grant select, insert, update, delete on crm.costed_file to crm_writer;

alter table crm.result
add column goods_cost numeric(18, 4),
add column cost_known double precision,
add column profit_basis text check (profit_basis in ('costs', 'costs_and_margin', 'margin', 'unknown'));
comment on column crm.result.goods_cost is 'What the goods cost that the treated bought in the window and kept, as far as it is known; reporting currency; null where no cost is known at all.';
comment on column crm.result.cost_known is 'Share of both arms'' revenue of which the goods'' cost is known, by the product''s unit cost or its category''s margin; null where there is no revenue.';
comment on column crm.result.profit_basis is 'What profit was counted by: costs (of the very lines), costs_and_margin (evaluation.margin for lines without), margin (it alone), or unknown: no profit. Null: a version from before costs were counted, whose profit is by its margin or, without one, on revenue.';
comment on column crm.result.margin is 'Share of the undiscounted price that is left after the goods, by which profit is counted where no cost is known; null where profit_basis needs none.';
comment on column crm.result.profit is 'What is left of what the campaign brought after goods, coupons and sending; reporting currency; null unless ok, and where costs and margin are unknown (profit_basis).';
