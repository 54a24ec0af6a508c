-- How large the messages are that a campaign would send, by the declaration that they were decided by. Few rows.
-- :campaign, :send_date
select
    c.body,
    count(*) as messages,
    sum(d.sending_cost) as sending_cost,
    sum(d.coupon_cost) as coupon_cost,
    max(d.send_by) as send_by
from crm.decision as d
left join crm.declaration as c on d.declaration_hash = c.declaration_hash
where d.campaign = :campaign and d.send_date = :send_date and d.decision = 'include'
group by d.declaration_hash, c.body
order by d.declaration_hash
