-- A question whose send is over and left nothing is answered by nobody any more: its time ran out. One beside which
-- something was sent (it was put again, and answered) stays as it is: an unanswered question says nothing against a send.
-- :campaign, :business_date, :send_date, :now
update crm.approval
set outcome = 'timeout', decided_at = :now
where
    campaign = :campaign and business_date = :business_date and outcome is null
    and not exists (
        select from crm.message as m
        where m.campaign = :campaign and m.send_date = :send_date and m.status <> 'skipped'
    )
