-- The own rhythm of customers who bought a product or category often: the median of the days between their own purchase
-- days (spell), to the half day. It changes when they buy again: a row of before that says the same stays as it is.
-- :as_of  business date    :minimum_intervals  from how many intervals on
create temp table rhythm on commit drop as
with own as (
    select
        item,
        customer_id,
        percentile_cont(0.5) within group (order by closed_days) as cycle_days,
        cast(count(closed_days) as integer) as intervals,
        max(day) as last_bought_on
    from spell
    where purchase_days > :minimum_intervals
    group by item, customer_id
)

select
    own.customer_id,
    item.level,
    item.item_key,
    cast(own.cycle_days as numeric(9, 2)) as cycle_days,
    own.intervals,
    own.last_bought_on,
    own.last_bought_on + cast(round(cast(own.cycle_days as numeric)) as integer) as expected_on
from own
inner join item on own.item = item.item
where item.level <> 'shop';
analyze rhythm;

-- Calibrated anew on the same date: as if for the first time.
delete from crm.repurchase_rhythm
where valid_from = :as_of;
update crm.repurchase_rhythm
set valid_to = null
where valid_to = :as_of;

update crm.repurchase_rhythm
set valid_to = :as_of
where
    valid_to is null
    and not exists (
        select 1
        from rhythm as r
        where
            r.customer_id = repurchase_rhythm.customer_id and r.level = repurchase_rhythm.level
            and r.item_key = repurchase_rhythm.item_key and r.cycle_days = repurchase_rhythm.cycle_days
            and r.intervals = repurchase_rhythm.intervals and r.last_bought_on = repurchase_rhythm.last_bought_on
    );

-- Found before they are written: a table that statistics call empty would be read whole, and longer, for every row.
create temp table new_rhythm on commit drop as
select r.*
from rhythm as r
left join crm.repurchase_rhythm as k
    on r.customer_id = k.customer_id and r.level = k.level and r.item_key = k.item_key and k.valid_to is null
where k.customer_id is null;

insert into crm.repurchase_rhythm (
    customer_id, level, item_key, valid_from, cycle_days, intervals, last_bought_on, expected_on
)
select
    customer_id,
    level,
    item_key,
    :as_of,
    cycle_days,
    intervals,
    last_bought_on,
    expected_on
from new_rhythm;
