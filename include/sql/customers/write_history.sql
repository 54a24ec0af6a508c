-- Changes of scores, segment, tier and stage, from the business date on; earlier rows are only ever closed. A second
-- change on one business date replaces the first.
-- :as_of  business date
create temp table customer_changed on commit drop as
select coalesce(next.customer_id, scope.customer_id) as customer_id
from customer_scope as scope
left join customer_next as next on scope.customer_id = next.customer_id
where
    scope.had_state <> (next.customer_id is not null)
    or (scope.recency_score, scope.frequency_score, scope.monetary_score, scope.segment, scope.tier, scope.stage)
    is distinct from
    (next.recency_score, next.frequency_score, next.monetary_score, next.segment, next.tier, next.stage);
analyze customer_changed;

delete from crm.customer_history
where valid_from = :as_of and customer_id in (select changed.customer_id from customer_changed as changed);

update crm.customer_history
set valid_to = :as_of
where valid_to is null and customer_id in (select changed.customer_id from customer_changed as changed);

insert into crm.customer_history (
    customer_id, valid_from, recency_score, frequency_score, monetary_score, segment, tier, stage
)
select
    next.customer_id,
    :as_of,
    next.recency_score,
    next.frequency_score,
    next.monetary_score,
    next.segment,
    next.tier,
    next.stage
from customer_changed as changed
inner join customer_next as next on changed.customer_id = next.customer_id;
