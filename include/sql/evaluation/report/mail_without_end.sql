-- Whose last mail of a report was taken, and nobody wrote down what became of it: it is being sent, or its sender died.
-- :as_of, :content_hash  which report
select m.recipient
from crm.report_mail as m
where
    m.as_of = :as_of
    and m.content_hash = :content_hash
    and m.status = 'claimed'
    and not exists (
        select 1
        from crm.report_mail as later
        where
            later.as_of = m.as_of
            and later.content_hash = m.content_hash
            and later.recipient = m.recipient
            and later.request > m.request
    )
order by m.recipient
