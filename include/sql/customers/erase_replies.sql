-- What the customer wrote to us. After customers/erase_contacts (erased_key); a reply that nobody has read says no more than
-- the erasure: it is judged by that.
-- :requested_by, :now
update crm.reply
set
    text = null,
    verdict = coalesce(verdict, 'opt_out'),
    judged_by = coalesce(judged_by, :requested_by),
    judged_at = coalesce(judged_at, :now)
where contact_key in (select k.contact_key from erased_key as k) and (text is not null or verdict is null)
