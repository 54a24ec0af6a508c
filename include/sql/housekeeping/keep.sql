-- Write down what a step removed.
-- :step, :business_date, :kept_from, :removed
insert into crm.housekeeping as h (step, business_date, kept_from, removed)
values (:step, :business_date, :kept_from, :removed)
on conflict (step, business_date) do update set
    kept_from = greatest(h.kept_from, excluded.kept_from),
    removed = h.removed + excluded.removed
