-- How many customers have an id in each of two ranges of keys beside 0. Ids are hashes: the two are alike, and as many are
-- in every other range.
-- :width  keys of each range
select
    count(*) filter (where customer_id >= 0) as above,
    count(*) filter (where customer_id < 0) as below
from crm.customer
where customer_id >= -cast(:width as bigint) and customer_id < cast(:width as bigint)
