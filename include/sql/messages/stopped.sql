-- Who has stopped a campaign's sending; no row: nobody.
-- :campaign, :send_date
select stopped_by
from crm.sending_stop
where campaign = :campaign and send_date = :send_date
