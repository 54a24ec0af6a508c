-- Who is written to: shared addresses -> global holdout -> arbitration between campaigns -> arm. Arms are drawn last, among
-- those alone who would really be written to, each by a hash of its own: no draw depends on who else is a candidate.
-- Of several accounts behind one address the one that bought last is kept.
-- Windows are sorted by the keys first: PostgreSQL compares the first column of a sort alone by an abbreviation.
-- Parameters: year, global_salt, global_holdout
create temporary table drawn on commit drop as
with ranked as (
    select
        due_id,
        dense_rank() over (order by priority, campaign, occasion, wave) as place
    from due
),

eligible as (
    select
        v.customer_id,
        v.due_id,
        d.place,
        v.assignment_key,
        v.global_key,
        v.contact_key,
        v.last_order_on,
        row_number() over (
            partition by v.assignment_key, d.place
            order by v.last_order_on desc, v.customer_id asc
        ) = 1 as is_account
    from verdict as v
    inner join ranked as d on v.due_id = d.due_id
    where v.reasons = '{}'
),

addressed as (
    select
        *,
        is_account and row_number() over (
            partition by contact_key, place, is_account
            order by last_order_on desc, customer_id asc
        ) = 1 as is_resident
    from eligible
),

programme as (
    select
        a.customer_id,
        a.due_id,
        a.place,
        a.assignment_key,
        a.contact_key,
        case
            when not a.is_resident then 'shared_address'
            when
                crm.draw(concat_ws('|', coalesce(e.salt, :global_salt), 'global', :year, a.global_key))
                < coalesce(e.holdout, :global_holdout) then 'global_holdout'
        end as loss
    from addressed as a
    left join crm.epoch as e on e.campaign = '' and e.epoch = :year
),

by_person as (
    select
        *,
        row_number() over (
            partition by assignment_key, loss is null order by place, customer_id
        ) = 1 as first_of_person
    from programme
),

placed as (
    select
        customer_id,
        due_id,
        case
            when loss is not null then loss
            when
                not first_of_person
                or row_number() over (
                    partition by contact_key, loss is null, first_of_person order by place, customer_id
                ) > 1 then 'lower_priority'
        end as loss
    from by_person
),

judged as (
    select
        v.*,
        case when p.loss is null then v.reasons else array[p.loss] end as all_reasons
    from verdict as v
    left join placed as p on v.customer_id = p.customer_id and v.due_id = p.due_id
)

select
    j.customer_id,
    j.due_id,
    j.instance,
    j.item_key,
    j.channel,
    j.contact_key,
    j.assignment_key,
    j.segment,
    j.tier,
    j.stage,
    j.locale,
    j.planned_send_at,
    j.send_by,
    j.sending_cost,
    j.all_reasons as reasons,
    case
        when j.all_reasons <> '{}' then 'exclude'
        when crm.draw(concat_ws('|', d.salt, d.campaign, d.epoch, j.assignment_key)) < d.holdout then 'hold_out'
        else 'include'
    end as decision,
    case
        when cardinality(d.variants) = 0 then 'a'
        when cardinality(d.variants) = 1 then d.variants[1]
        else d.variants[1 + cast(floor(
            crm.draw(concat_ws('|', d.salt, d.campaign, d.epoch, j.assignment_key, 'variant'))
            * cardinality(d.variants)
        ) as integer)]
    end as variant
from judged as j
inner join due as d on j.due_id = d.due_id;

drop table verdict;
analyze drawn;
