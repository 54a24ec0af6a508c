-- The earliest send date whose messages may still be answered, or have been since the last refresh. Null: there is none.
-- :since  send dates before this one count no more
-- :as_of  business date of the refresh
select min(m.send_date)
from crm.message as m
where m.send_date between :since and :as_of
