-- Replies to SMS that nobody has judged, the oldest first; then those judged lately whose words are still there, the newest
-- first. With the customers who have the number now.
-- :most (of each)
with open_ones as (
    select *
    from crm.reply
    where verdict is null
    order by occurred_at, reply_id
    limit :most
),

judged as (
    select *
    from crm.reply
    where verdict is not null and text is not null
    order by judged_at desc, reply_id asc
    limit :most
),

shown as (
    select * from open_ones
    union all
    select * from judged
)

select
    r.reply_id,
    r.occurred_at,
    r.text,
    r.verdict,
    r.judged_by,
    r.judged_at,
    array(
        select p.customer_id
        from crm.customer_profile as p
        where p.mobile_key = r.contact_key and p.valid_to is null
        order by p.customer_id
        limit 10
    ) as customers
from shown as r
order by r.verdict is not null asc, r.judged_at desc nulls first, r.occurred_at asc, r.reply_id asc
