-- The shop that a mapping speaks for.
-- :shop, :source (mapping), :time_zone
insert into crm.shop (shop, source, time_zone)
values (:shop, :source, :time_zone)
on conflict (shop) do update
    set source = excluded.source, time_zone = excluded.time_zone;
