-- The business date that a report is of when nobody names one: the last that was evaluated, or of an imported campaign.
-- Null before the first.
select greatest((select max(as_of) from crm.evaluation), (select max(as_of) from crm.result))
