-- The first delivery says whose warehouse this is.
-- :business (its name), :time_zone, :currency, :country
insert into crm.business (name, time_zone, currency, country)
values (:business, :time_zone, :currency, :country)
on conflict (only_row) do nothing;
