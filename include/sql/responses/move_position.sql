-- A log has been read to its end.
-- :source, :read_through
insert into crm.response_position (source, read_through)
values (:source, :read_through)
on conflict (source) do update set read_through = excluded.read_through
