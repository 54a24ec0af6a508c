-- Dates on which responses became known, from where housekeeping got to before.
-- :cutoff
select distinct r.known_on
from crm.response as r
where
    r.known_on < :cutoff
    and r.known_on >= coalesce(
        (select max(h.kept_from) from crm.housekeeping as h where h.step = 'repeated_responses'), date '-infinity'
    )
order by r.known_on
