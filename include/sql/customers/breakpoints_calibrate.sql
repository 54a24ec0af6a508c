-- RFM breakpoints from the buyers of the window (customer_measure holds everybody): linear-interpolated quantiles, the
-- mean, or the declared bounds; upper bounds inclusive, so equal values share a score. Nothing where there are too few
-- buyers. Bounds are cut (not rounded) to 4 decimals, the precision of amounts, which moves no value across a bound.
-- :as_of      business date          :method  quantiles, mean or fixed       :best  highest or lowest score is best
-- :fractions  quantiles, ascending   :minimum_buyers
-- :fixed_recency, :fixed_frequency, :fixed_monetary  declared bounds, ascending
insert into rfm_bound
with buyers as (
    select
        cast(:as_of as date) - last_order_on as recency,
        frequency,
        monetary
    from customer_measure
    where frequency > 0
),

measured as (
    select
        'recency' as measure,
        cast(recency as double precision) as value
    from buyers
    union all
    select
        'frequency' as measure,
        frequency
    from buyers
    union all
    select
        'monetary' as measure,
        monetary
    from buyers
),

cut as (
    select
        measure,
        count(*) as buyers,
        case cast(:method as text)
            when 'quantiles'
                then percentile_cont(cast(:fractions as double precision[])) within group (order by value)
            when 'mean' then array[avg(value)]
            else case measure
                when 'recency' then cast(:fixed_recency as double precision[])
                when 'frequency' then cast(:fixed_frequency as double precision[])
                else cast(:fixed_monetary as double precision[])
            end
        end as bounds
    from measured
    group by measure
    having count(*) >= :minimum_buyers
)

select
    cut.measure,
    bound.bucket,
    -- few days are good, many purchases and much money too
    case
        when (cut.measure = 'recency') = (cast(:best as text) = 'highest') then cardinality(cut.bounds) + 2 - bound.bucket
        else bound.bucket
    end as score,
    floor(cast(bound.upper_bound as numeric) * 10000) / 10000 as upper_bound,
    cut.buyers
from cut
cross join lateral unnest(cut.bounds || cast(null as double precision)) with ordinality as bound (upper_bound, bucket);
