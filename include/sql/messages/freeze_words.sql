-- From here on the messages of a send date are written in these words. Of two runs that begin at once the first one's stand.
-- :campaign, :send_date, :words_hash, :frozen_at
insert into crm.sending_words (campaign, send_date, words_hash, frozen_at)
values (:campaign, :send_date, :words_hash, :frozen_at)
on conflict (campaign, send_date) do nothing
