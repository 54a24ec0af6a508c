-- Take the stop switch back.
-- :campaign, :send_date
delete from crm.sending_stop
where campaign = :campaign and send_date = :send_date
