-- Events of messages that nobody knew, to be looked for again: an answer of SNS may be recorded after its event came, a
-- ledger may come back from a backup. Those that name no message of ours (SendGrid, other mail) cannot be found.
-- :since (they arrived no earlier)
create temporary table taken on commit drop as
select *
from crm.response_inbox
where state = 'unknown' and received_at >= :since and (message_id is not null or provider = 'sns');

analyze taken;

select count(*) as events from taken
