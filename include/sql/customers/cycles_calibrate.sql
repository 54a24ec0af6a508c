-- Repurchase cycle of every item in purchase_day: the Kaplan-Meier median of the days between purchase days of one
-- customer (E. L. Kaplan, P. Meier, "Nonparametric estimation from incomplete observations", JASA 53, 1958). The
-- interval still open at calibration is right-censored: ignoring it would count the quick returners alone.
-- S(t) = product over closed lengths up to t of (1 - d/n), d closed at that length, n as long or longer; the median is
-- the smallest t with S(t) <= 1/2, null where less than half ever come back.
-- :as_of  business date
insert into cycle
with spell as (
    select
        item,
        day,
        paid,
        lead(day) over by_customer as next_day,
        lag(day) over by_customer as previous_day
    from purchase_day
    window by_customer as (partition by item, customer_id order by day)
),

lengths as (
    select
        item,
        coalesce(next_day, cast(:as_of as date)) - day as days,
        cast(count(next_day) as integer) as closed,
        cast(count(*) as integer) as spells,
        cast(count(*) filter (where next_day is null and previous_day is null) as integer) as single,
        sum(paid) as paid
    from spell
    group by item, coalesce(next_day, cast(:as_of as date)) - day
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
)

select
    item.level,
    item.item_key,
    estimated.cycle_days,
    estimated.intervals,
    estimated.customers as open_intervals,
    estimated.customers,
    round(1 - cast(estimated.single as numeric) / estimated.customers, 5) as repeat_share,
    round(cast(estimated.expected_value as numeric), 4) as expected_value
from estimated
inner join item on estimated.item = item.item;
