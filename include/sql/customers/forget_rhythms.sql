-- Forget the rhythms that were learnt after a date (a rehearsal of that date, rolled back at its end).
-- :as_of  business date
delete from crm.repurchase_rhythm
where valid_from > :as_of
