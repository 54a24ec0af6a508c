-- Keep the candidates that the declaration asks for. Null = not asked.
-- A seam: richer audiences replace this file and its parameters, nothing else.
-- Parameters: due_id, business_date, tiers, segments, stages, regions (lower case), minimum_orders
delete from candidate as c
where
    c.due_id = :due_id
    and not exists (
        select 1
        from (select c.customer_id) as k
        left join standing as s on k.customer_id = s.customer_id
        left join crm.customer_profile as p
            on
                k.customer_id = p.customer_id and p.valid_from <= :business_date
                and (p.valid_to is null or p.valid_to > :business_date)
        where
            (cast(:tiers as text[]) is null or s.tier = any(cast(:tiers as text[])))
            and (cast(:segments as text[]) is null or s.segment = any(cast(:segments as text[])))
            and (cast(:stages as text[]) is null or s.stage = any(cast(:stages as text[])))
            and (cast(:regions as text[]) is null or lower(p.region) = any(cast(:regions as text[])))
            and (
                :minimum_orders = 0
                or (
                    select count(distinct o.order_key)
                    from crm.orders as o
                    where
                        o.customer_id = k.customer_id and o.status in ('paid', 'shipped', 'completed')
                        and o.known_on <= :business_date and (o.known_until is null or o.known_until > :business_date)
                ) >= :minimum_orders
            )
    )
