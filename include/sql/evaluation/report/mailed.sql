-- To whom this report has been mailed by itself, or was about to be.
-- :as_of, :content_hash  which report
select recipient
from crm.report_mail
where as_of = :as_of and content_hash = :content_hash and request = 1
