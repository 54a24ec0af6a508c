-- How far a log has been read; no row = never.
-- :source
select read_through
from crm.response_position
where source = :source
