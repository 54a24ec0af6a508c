-- Takes the mail of a report to one of the staff, before anything is sent: who gets no row does not send. By itself a
-- report is mailed once; asked for by a person, once more than before.
-- :as_of, :content_hash, :recipient  which report, to whom
-- :again                             a person asks for it
insert into crm.report_mail (as_of, content_hash, recipient, request)
select
    cast(:as_of as date) as as_of,
    cast(:content_hash as text) as content_hash,
    cast(:recipient as text) as recipient,
    case when cast(:again as boolean) then coalesce(max(m.request), 0) + 1 else 1 end as request
from crm.report_mail as m
where m.as_of = :as_of and m.content_hash = :content_hash and m.recipient = :recipient
on conflict (as_of, content_hash, recipient, request) do nothing
returning request
