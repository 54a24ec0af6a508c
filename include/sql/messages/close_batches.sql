-- The send date is over: what nobody has claimed is closed. What may have gone out before stays unknown.
-- :campaign, :send_date
update crm.message_batch
set status = 'done'
where campaign = :campaign and send_date = :send_date and status = 'planned'
returning batch_id
