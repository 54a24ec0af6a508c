-- A person's verdict about a reply; the last one counts.
-- :reply_id, :verdict (opt_out or no_opt_out), :by, :now
update crm.reply
set verdict = :verdict, judged_by = :by, judged_at = :now
where reply_id = :reply_id
returning contact_key
