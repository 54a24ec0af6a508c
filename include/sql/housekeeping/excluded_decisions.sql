-- Remove a part of a wave's excluded customers, in parts by key, so that no lock is long.
-- :campaign, :occasion, :wave, :send_date, :parts, :part (from 0)
delete from crm.decision
where
    campaign = :campaign and occasion = :occasion and wave = :wave and send_date = :send_date
    and decision = 'exclude' and abs(mod(customer_id, :parts)) = :part
