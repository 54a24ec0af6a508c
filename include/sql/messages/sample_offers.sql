-- One offer per declaration, to write a sample message with (messages/shown). No parameters.
select
    declaration_hash,
    -- min() of jsonb does not exist; any one will do, so take the first by text
    cast(min(cast(offer as text)) as jsonb) as offer
from shown
where decision = 'include' and offer is not null
group by declaration_hash
order by declaration_hash
