-- Who is written to: shared addresses -> global holdout -> arbitration between campaigns -> arm. Arms are drawn last, among
-- those alone who would really be written to, each by a hash of its own: no draw depends on who else is a candidate.
-- Of several accounts behind one address the one that bought last is kept.
-- Parameters: business_date, send_date, time_zone, year, global_salt, global_holdout
create temporary table decided on commit drop as
with ranked as (
    select
        due_id,
        dense_rank() over (order by priority, campaign, occasion, wave) as place
    from due
),

eligible as (
    select
        v.*,
        d.place,
        row_number() over (
            partition by d.place, v.assignment_key
            order by v.last_order_on desc, v.customer_id asc
        ) as account
    from verdict as v
    inner join ranked as d on v.due_id = d.due_id
    where v.reasons = '{}'
),

addressed as (
    select
        *,
        row_number() over (
            partition by place, contact_key
            order by last_order_on desc, customer_id asc
        ) as resident
    from eligible
    where account = 1
),

programme as (
    select
        a.*,
        crm.draw(
            concat_ws('|', coalesce(e.salt, :global_salt), 'global', :year, a.global_key)
        ) < coalesce(e.holdout, :global_holdout) as held_out_globally
    from addressed as a
    left join crm.epoch as e on e.campaign = '' and e.epoch = :year
    where a.resident = 1
),

by_person as (
    select
        *,
        row_number() over (
            partition by assignment_key order by place, customer_id
        ) as turn
    from programme
    where not held_out_globally
),

by_address as (
    select
        *,
        row_number() over (
            partition by contact_key order by place, customer_id
        ) as address_turn
    from by_person
    where turn = 1
),

outcome as (
    select
        v.*,
        case
            when v.reasons <> '{}' then v.reasons
            when p.customer_id is null then '{shared_address}'
            when p.held_out_globally then '{global_holdout}'
            when w.customer_id is null then '{lower_priority}'
            else '{}'
        end as all_reasons
    from verdict as v
    left join programme as p on v.customer_id = p.customer_id and v.due_id = p.due_id
    left join by_address as w on v.customer_id = w.customer_id and v.due_id = w.due_id and w.address_turn = 1
),

drawn as (
    select
        o.*,
        d.campaign,
        d.kind,
        d.direction,
        d.occasion,
        d.wave,
        d.occasion_date,
        d.priority,
        d.epoch,
        d.salt,
        d.goal,
        d.goal_item,
        d.offer,
        d.coupon_cost,
        d.declaration_hash,
        case
            when o.all_reasons <> '{}' then 'exclude'
            when crm.draw(concat_ws('|', d.salt, d.campaign, d.epoch, o.assignment_key)) < d.holdout then 'hold_out'
            else 'include'
        end as decision,
        d.variants[1 + cast(floor(
            crm.draw(concat_ws('|', d.salt, d.campaign, d.epoch, o.assignment_key, 'variant'))
            * cardinality(d.variants)
        ) as integer)] as variant
    from outcome as o
    inner join due as d on o.due_id = d.due_id
)

select
    d.customer_id,
    d.campaign,
    d.occasion,
    d.instance,
    d.wave,
    d.kind,
    d.direction,
    cast(:business_date as date) as business_date,
    cast(:send_date as date) as send_date,
    d.occasion_date,
    d.priority,
    d.decision,
    d.all_reasons[1] as reason,
    d.all_reasons as reasons,
    d.channel,
    d.contact_key,
    d.assignment_key,
    d.epoch,
    d.salt,
    case d.decision when 'include' then 'treatment' when 'hold_out' then 'control' end as arm,
    coalesce(d.variant, 'a') as variant,
    s.segment,
    s.tier,
    s.stage,
    d.locale,
    d.goal,
    coalesce(d.goal_item, case when d.goal in ('product', 'category') then d.item_key end) as goal_item,
    d.item_key,
    d.offer,
    d.coupon_cost,
    d.sending_cost,
    d.planned_send_at,
    d.send_by,
    (cast(:send_date as date) + time '00:00') at time zone :time_zone as cut_off_at,
    d.declaration_hash,
    (select max(b.calibrated_on) from crm.rfm_breakpoints as b where b.calibrated_on <= :business_date) as breakpoints_on,
    case d.kind
        when 'repurchase' then (
            select max(r.calibrated_on) from crm.repurchase_cycle as r where r.calibrated_on <= :business_date
        )
    end as cycles_on
from drawn as d
left join standing as s on d.customer_id = s.customer_id;
