-- Forget the rhythms that were learnt after a date (a rehearsal of that date, rolled back at its end).
-- :on  business date
delete from crm.repurchase_rhythm
where valid_from > :on
