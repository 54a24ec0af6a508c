-- The words of replies that were judged some time ago: nobody has to read them any more.
-- :before
update crm.reply
set text = null
where judged_at < :before and text is not null
