-- Scores, segment, tier, stage, and the first date on which the passing of time changes one of them: a function of the
-- measures, the breakpoints (rfm_bound) and the shop's cycle alone; reads no facts.
-- :as_of       business date        :best  highest or lowest score is best
-- :tiers       names, ascending     :tier_thresholds  net revenue from which they hold, ascending
-- :own_cycle_from_orders  :default_cycle_days  :lapsing_after  :lapsed_after  (in cycles)
create temp table customer_next on commit drop as
with bounds as (
    -- width_bucket's bounds are inclusive below; negated, ours are inclusive above
    select
        measure,
        array_agg(-upper_bound order by bucket desc) filter (where upper_bound is not null) as negated,
        array_agg(upper_bound order by bucket) as upper_bounds,
        array_agg(score order by bucket) as scores
    from rfm_bound
    group by measure
),

rule as (
    select
        r.negated as r_negated,
        r.upper_bounds as r_bounds,
        r.scores as r_scores,
        f.negated as f_negated,
        f.scores as f_scores,
        m.negated as m_negated,
        m.scores as m_scores,
        (
            select coalesce(max(cycle_days), cast(:default_cycle_days as numeric)) from cycle
            where level = 'shop'
        ) as shop_cycle
    from (select) as one
    left join bounds as r on r.measure = 'recency'
    left join bounds as f on f.measure = 'frequency'
    left join bounds as m on m.measure = 'monetary'
),

placed as (
    select
        measure.*,
        cast(:as_of as date) - measure.last_order_on as recency_days,
        cardinality(rule.r_scores)
        - width_bucket(-cast(cast(:as_of as date) - measure.last_order_on as numeric), rule.r_negated) as r_bucket,
        cardinality(rule.f_scores) - width_bucket(-cast(measure.frequency as numeric), rule.f_negated) as f_bucket,
        cardinality(rule.m_scores) - width_bucket(-measure.monetary, rule.m_negated) as m_bucket,
        case
            when measure.order_count >= :own_cycle_from_orders then coalesce(measure.median_interval_days, rule.shop_cycle)
            else rule.shop_cycle
        end as cycle
    from customer_measure as measure
    cross join rule
),

scored as (
    select
        placed.*,
        case when placed.order_count > 0 then rule.r_scores[placed.r_bucket] end as recency_score,
        case when placed.order_count > 0 then rule.f_scores[placed.f_bucket] end as frequency_score,
        case when placed.order_count > 0 then rule.m_scores[placed.m_bucket] end as monetary_score,
        cardinality(rule.r_scores) + 1 as both_ends,
        -- first dates on which recency exceeds the bound of its score, and on which the stage moves on
        placed.last_order_on + cast(floor(rule.r_bounds[placed.r_bucket]) as integer) + 1 as score_change_on,
        placed.last_order_on + cast(floor(placed.cycle * cast(:lapsing_after as numeric)) as integer) + 1 as lapsing_on,
        placed.last_order_on + cast(floor(placed.cycle * cast(:lapsed_after as numeric)) as integer) + 1 as lapsed_on
    from placed
    cross join rule
),

judged as (
    select
        scored.*,
        (recency_score * 2 > both_ends) = (cast(:best as text) = 'highest') and recency_score * 2 <> both_ends
            as recency_high,
        (frequency_score * 2 > both_ends) = (cast(:best as text) = 'highest') and frequency_score * 2 <> both_ends
            as frequency_high,
        (monetary_score * 2 > both_ends) = (cast(:best as text) = 'highest') and monetary_score * 2 <> both_ends
            as monetary_high
    from scored
)

select
    judged.customer_id,
    least(
        judged.measures_change_on,
        case when judged.score_change_on > :as_of then judged.score_change_on end,
        case when judged.lapsing_on > :as_of then judged.lapsing_on end,
        case when judged.lapsed_on > :as_of then judged.lapsed_on end
    ) as next_change_on,
    judged.measures_change_on,
    judged.base_through,
    judged.base_order_count,
    judged.base_net_revenue,
    judged.first_order_on,
    judged.last_order_on,
    judged.order_count,
    judged.net_revenue,
    round(judged.net_revenue / nullif(judged.order_count, 0), 4) as average_order_value,
    judged.median_interval_days,
    judged.recency_days,
    judged.frequency,
    judged.monetary,
    judged.recency_score,
    judged.frequency_score,
    judged.monetary_score,
    segment.segment,
    (cast(:tiers as text[]))[
        greatest(width_bucket(judged.net_revenue, cast(:tier_thresholds as numeric[])), 1)
    ] as tier,
    case
        when judged.order_count = 0 then 'prospect'
        when judged.lapsed_on <= :as_of then 'lapsed'
        when judged.lapsing_on <= :as_of then 'lapsing'
        when judged.order_count = 1 then 'new'
        else 'active'
    end as stage
from judged
left join crm.segment as segment on
    judged.recency_high = segment.recency_high
    and judged.frequency_high = segment.frequency_high
    and judged.monetary_high = segment.monetary_high;
analyze customer_next (customer_id);
