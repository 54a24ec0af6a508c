-- One offer per declaration, to write a sample message with.
-- :campaign, :send_date
select
    declaration_hash,
    -- min() of jsonb does not exist; any one will do, so take the first by text
    cast(min(cast(offer as text)) as jsonb) as offer
from crm.decision
where campaign = :campaign and send_date = :send_date and decision = 'include' and offer is not null
group by declaration_hash
order by declaration_hash
