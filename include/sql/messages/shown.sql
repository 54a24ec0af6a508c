-- What a preview and the send gate look at: the decisions of a campaign on a send date, with the text of their declarations.
-- :campaign, :send_date
create or replace temporary view shown as
select
    d.decision,
    d.reason,
    d.channel,
    d.tier,
    d.sending_cost,
    d.occasion,
    d.wave,
    d.locale,
    d.variant,
    d.offer,
    d.declaration_hash,
    c.body
from crm.decision as d
left join crm.declaration as c on d.declaration_hash = c.declaration_hash
where d.campaign = :campaign and d.send_date = :send_date
