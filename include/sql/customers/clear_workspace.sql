-- Drop the temporary tables of customers/workspace and of a calibration: others may need their names.
drop table customer_scope, customer_pending, customer_measure, rfm_bound, purchase, item, spell, cycle;

-- Not there where nobody has bought yet.
drop table if exists rhythm
