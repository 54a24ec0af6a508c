-- What became of the mail.
-- :as_of, :content_hash, :recipient, :request        which mail
-- :status, :provider, :provider_message_id, :reason  what its provider said
update crm.report_mail
set
    status = :status,
    provider = :provider,
    provider_message_id = :provider_message_id,
    reason = :reason
where as_of = :as_of and content_hash = :content_hash and recipient = :recipient and request = :request
