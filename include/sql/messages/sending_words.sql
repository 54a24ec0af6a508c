-- The words that the messages of a send date are written in; no row: none of them has been taken up yet.
-- :campaign, :send_date
select v.content
from crm.sending_words as s
inner join crm.words_version as v on s.words_hash = v.words_hash
where s.campaign = :campaign and s.send_date = :send_date
