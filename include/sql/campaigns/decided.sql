-- What was decided: every candidate with the columns of crm.decision.
-- Parameters: business_date, send_date, time_zone
create temporary view decided as
select
    d.customer_id,
    u.campaign,
    u.occasion,
    d.instance,
    u.wave,
    u.kind,
    u.direction,
    cast(:business_date as date) as business_date,
    cast(:send_date as date) as send_date,
    u.occasion_date,
    u.priority,
    d.decision,
    d.reasons[1] as reason,
    d.reasons,
    d.channel,
    d.contact_key,
    d.assignment_key,
    u.epoch,
    u.salt,
    case d.decision when 'include' then 'treatment' when 'hold_out' then 'control' end as arm,
    d.variant,
    d.segment,
    d.tier,
    d.stage,
    d.locale,
    u.goal,
    coalesce(u.goal_item, case when u.goal in ('product', 'category') then d.item_key end) as goal_item,
    d.item_key,
    case when h.customer_id is null then u.offer else f.offer end as offer,
    case when h.customer_id is null then u.coupon_cost else f.coupon_cost end as coupon_cost,
    d.sending_cost,
    d.planned_send_at,
    d.send_by,
    (cast(:send_date as date) + time '00:00') at time zone cast(:time_zone as text) as cut_off_at,
    u.declaration_hash,
    (select max(b.calibrated_on) from crm.rfm_breakpoints as b where b.calibrated_on <= :business_date) as breakpoints_on,
    case u.kind
        when 'repurchase' then (
            select max(r.calibrated_on) from crm.repurchase_cycle as r where r.calibrated_on <= :business_date
        )
    end as cycles_on
from drawn as d
inner join due as u on d.due_id = u.due_id
left join fitted_offer as h on d.customer_id = h.customer_id and d.due_id = h.due_id
left join fitted as f on h.fitted_id = f.fitted_id
