-- Events of messages that nobody has known for so long.
-- :before (they arrived earlier)
delete from crm.response_inbox
where state = 'unknown' and received_at < :before
