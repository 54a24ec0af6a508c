-- Note what this refresh stands on. The first refresh of a date that changes nothing leaves the row as it is.
-- :as_of  :settings  :breakpoints_on  :cycles_on
insert into crm.refresh (as_of, settings, breakpoints_on, cycles_on)
values (:as_of, :settings, cast(:breakpoints_on as date), cast(:cycles_on as date))
on conflict (as_of) do update set
    settings = excluded.settings,
    breakpoints_on = excluded.breakpoints_on,
    cycles_on = excluded.cycles_on
where (crm.refresh.settings, crm.refresh.breakpoints_on, crm.refresh.cycles_on)
is distinct from (excluded.settings, excluded.breakpoints_on, excluded.cycles_on);
