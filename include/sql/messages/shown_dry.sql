-- The same of a dry run, which lives in the temporary tables of its planning transaction and is gone with them.
-- :campaign
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
from decided as d
inner join in_force as c on d.declaration_hash = c.declaration_hash
where d.campaign = :campaign
