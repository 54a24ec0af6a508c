-- A batch takes up its provider for so many seconds.
-- :provider, :now, :seconds
update crm.sending_pace
set free_at = greatest(free_at, :now) + cast(:seconds as double precision) * interval '1 second'
where provider = :provider
