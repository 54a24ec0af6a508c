-- What the provider said about an attempt. That it has some of it is never forgotten.
-- :attempt, :found, :asked_at
insert into crm.asked_attempt (attempt, found, asked_at)
values (:attempt, :found, :asked_at)
on conflict (attempt) do update
    set found = greatest(asked_attempt.found, excluded.found), asked_at = excluded.asked_at
