-- The oldest events that nobody has looked at yet.
-- :events (at most)
create temporary table taken on commit drop as
select *
from crm.response_inbox
where state = 'new'
order by received_at, provider, event_id
limit :events;

analyze taken;

select count(*) as events from taken
