-- Repurchase cycle of every item in spell: the Kaplan-Meier median of the days between purchase days of one
-- customer (E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958). The
-- interval still open at calibration is right-censored: ignoring it would count the quick returners alone.
-- A product with few intervals borrows from its category by credibility (H. Buehlmann, "Experience rating and
-- credibility", ASTIN Bulletin 4, 1967): of n intervals its own median weighs Z = n / (n + k), the category's 1 - Z, on the
-- logarithm of the days. Without an own median it takes the category's, unless k spells or more say that less than half
-- come back. Categories borrow nothing: the shop's cycle is of visits, not of goods.
-- S(t) = product over closed lengths up to t of (1 - d/n), d closed at that length, n as long or longer; the median is
-- the smallest t with S(t) <= 1/2, null where less than half ever come back.
-- :as_of  business date    :half_weight_intervals  k
insert into cycle
with lengths as (
    select
        item,
        coalesce(closed_days, cast(:as_of as date) - day) as days,
        cast(count(closed_days) as integer) as closed,
        cast(count(*) as integer) as spells,
        cast(count(*) filter (where purchase_days = 1) as integer) as single,
        sum(paid) as paid
    from spell
    group by item, coalesce(closed_days, cast(:as_of as date) - day)
),

at_risk as (
    select
        lengths.*,
        sum(spells) over (partition by item) - sum(spells) over (partition by item order by days) + spells as risk
    from lengths
),

survival as (
    select
        at_risk.*,
        sum(case when closed = risk then -1e6 else ln(1 - closed / cast(risk as double precision)) end)
            over (partition by item order by days)
            as log_survival
    from at_risk
),

estimated as (
    select
        item,
        -- the margin only makes up for the rounding of logarithms where S is exactly 1/2
        min(days) filter (where log_survival <= ln(cast(0.5 as double precision)) + 1e-9) as cycle_days,
        sum(closed) as intervals,
        sum(spells - closed) as customers,
        sum(single) as single,
        sum(paid) / sum(spells) as expected_value
    from survival
    group by item
),

lent as (
    select
        estimated.*,
        item.level,
        item.item_key,
        category.cycle_days as category_days,
        category.intervals as category_intervals,
        case
            when category.cycle_days is null then 1
            when estimated.cycle_days is not null
                then estimated.intervals / (estimated.intervals + cast(:half_weight_intervals as numeric))
            when estimated.intervals + estimated.customers < :half_weight_intervals then 0
            else 1
        end as own_weight
    from estimated
    inner join item on estimated.item = item.item
    left join estimated as category on item.category_item = category.item
)

select
    level,
    item_key,
    case own_weight
        when 1 then cycle_days
        else exp(own_weight * ln(coalesce(cycle_days, category_days)) + (1 - own_weight) * ln(category_days))
    end as cycle_days,
    intervals,
    customers as open_intervals,
    customers,
    round(1 - cast(single as numeric) / customers, 5) as repeat_share,
    round(cast(expected_value as numeric), 4) as expected_value,
    cycle_days as own_cycle_days,
    case when own_weight < 1 then category_days end as borrowed_cycle_days,
    case when own_weight < 1 then category_intervals end as borrowed_intervals,
    own_weight
from lent;
