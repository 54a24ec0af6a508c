-- The business date that a report is of when nobody names one: the last that was evaluated. Null before the first.
select max(as_of) from crm.evaluation
