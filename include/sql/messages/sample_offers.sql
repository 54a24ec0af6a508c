-- The most frequent offer of each declaration and variant, to write a sample message with (messages/shown); a fitted coupon
-- with a code that nobody has. No parameters.
with common as (
    select
        declaration_hash,
        variant,
        cast(mode() within group (order by cast(offer - 'aov' as text)) as jsonb) as offer
    from shown
    where decision = 'include' and offer is not null
    group by declaration_hash, variant
)

select
    declaration_hash,
    variant,
    case when offer -> 'value' is null then offer else offer || '{"code": "SAMPLE234567"}' end as offer
from common
order by declaration_hash, variant
