-- Whom a refresh computes: customers whose facts changed (the queue) and those whose row changes by the passing of
-- time (an index range); after a calibration every state is scored anew, after a change of settings everybody is read
-- anew. Only the queue and orders leaving the window read facts at all; facts are read from base_through on, unless a
-- change reaches further back.
-- :as_of     business date
-- :rescore   every state is scored anew (after a calibration)
-- :everybody every customer is read from the first order on (first refresh, other settings)
insert into customer_scope
with wanted (customer_id, changed_from, touched, crossed) as (
    select
        queue.customer_id,
        queue.changed_from,
        true as touched,
        false as crossed
    from crm.refresh_queue as queue
    union all
    select
        state.customer_id,
        cast(null as date) as changed_from,
        false as touched,
        true as crossed
    from crm.customer_state as state
    where state.next_change_on <= :as_of
    union all
    -- accounts marked or cleared of fake orders since the last refresh: the profile says so, no fact does
    select
        profile.customer_id,
        cast(null as date) as changed_from,
        true as touched,
        false as crossed
    from crm.customer_profile as profile
    left join crm.customer_state as state on profile.customer_id = state.customer_id
    where profile.fake_orders
    group by profile.customer_id, state.customer_id
    having
        (state.customer_id is not null) = bool_or(
            crm.is_known(profile.valid_from, profile.valid_to, :as_of)
        )
    union all
    select
        state.customer_id,
        cast(null as date) as changed_from,
        false as touched,
        false as crossed
    from crm.customer_state as state
    where :rescore or :everybody
    union all
    select distinct
        orders.customer_id,
        cast(null as date) as changed_from,
        false as touched,
        false as crossed
    from crm.orders as orders
    where :everybody
    union all
    select distinct
        refund.customer_id,
        cast(null as date) as changed_from,
        false as touched,
        false as crossed
    from crm.refund as refund
    where :everybody
),

wanted_once as (
    select
        customer_id,
        min(changed_from) as changed_from,
        bool_or(touched) as touched,
        bool_or(crossed) as crossed
    from wanted
    group by customer_id
),

fake as (
    select distinct customer_id
    from crm.customer_profile
    where fake_orders and crm.is_known(valid_from, valid_to, :as_of)
),

anonymous as (
    select customer_id from crm.customer where is_anonymous
),

planned as (
    select
        wanted_once.customer_id,
        wanted_once.touched,
        wanted_once.crossed,
        wanted_once.changed_from,
        state.base_through,
        state.base_order_count,
        state.base_net_revenue,
        state.first_order_on,
        state.last_order_on,
        state.segment,
        state.tier,
        state.stage,
        state.recency_score,
        state.frequency_score,
        state.monetary_score,
        state.customer_id is not null as had_state,
        anonymous.customer_id is not null or fake.customer_id is not null as excluded,
        :everybody or wanted_once.touched or state.customer_id is null
        or coalesce(state.measures_change_on <= :as_of, false) as reads,
        :everybody or state.base_through is null
        or coalesce(wanted_once.changed_from <= state.base_through, false) as folds_anew
    from wanted_once
    left join crm.customer_state as state on wanted_once.customer_id = state.customer_id
    left join fake on wanted_once.customer_id = fake.customer_id
    left join anonymous on wanted_once.customer_id = anonymous.customer_id
)

select
    customer_id,
    touched,
    crossed,
    reads,
    excluded,
    had_state,
    changed_from,
    case when folds_anew then '-infinity' else base_through end as read_after,
    case when folds_anew then 0 else base_order_count end as base_order_count,
    case when folds_anew then 0 else base_net_revenue end as base_net_revenue,
    case when not folds_anew and base_order_count > 0 then first_order_on end as base_first_order_on,
    base_through,
    last_order_on,
    segment,
    tier,
    stage,
    recency_score,
    frequency_score,
    monetary_score
from planned;

analyze customer_scope (customer_id, reads, excluded);

-- Rows that only need new scores keep the measures that they have.
insert into customer_measure
select
    state.customer_id,
    1 as facts,
    false as is_stale,
    state.measures_change_on,
    state.base_through,
    state.base_order_count,
    state.base_net_revenue,
    state.first_order_on,
    state.last_order_on,
    state.order_count,
    state.net_revenue,
    state.median_interval_days,
    state.frequency,
    state.monetary
from customer_scope as scope
inner join crm.customer_state as state on scope.customer_id = state.customer_id
where not scope.reads and not scope.excluded;

insert into customer_pending
select
    customer_id,
    changed_from,
    read_after,
    base_order_count,
    base_net_revenue,
    base_first_order_on
from customer_scope
where reads and not excluded;

analyze customer_pending (customer_id, read_after);
