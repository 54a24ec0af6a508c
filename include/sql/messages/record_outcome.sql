-- What the provider said of some messages of a batch, all alike. Only claimed messages move: nothing is recorded twice.
-- :batch_id, :message_ids (array), :status, :reason, :accepted_at, :provider_message_ids (json: message id -> id)
update crm.message
set
    status = :status,
    status_reason = :reason,
    accepted_at = :accepted_at,
    provider_message_id = cast(:provider_message_ids as jsonb) ->> message_id
where batch_id = :batch_id and status = 'claimed' and message_id = any(:message_ids)
