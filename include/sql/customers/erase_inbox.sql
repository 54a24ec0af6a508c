-- The same of events that nobody has taken in yet: found by message, by the provider's id of it, or by address.
-- After customers/erase_contacts. :customer_id
create temporary table erased_message on commit drop as
select
    message_id,
    provider_message_id
from crm.message
where customer_id = :customer_id;

update crm.response_inbox
set reason = null, url = null
where
    (reason is not null or url is not null)
    and (
        message_id in (select m.message_id from erased_message as m)
        or provider_message_id in (select m.provider_message_id from erased_message as m)
        or contact_key in (select k.contact_key from erased_key as k)
    )
