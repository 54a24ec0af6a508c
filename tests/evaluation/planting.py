"""Plants a known lift in a copied database: synthetic orders of treated customers who did not convert."""

from __future__ import annotations

import psycopg

from crm.warehouse import Warehouse

FILE = """
insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)
select min(shop), 'orders', 'planted', md5(random()::text), max(business_date), max(business_date), 'published'
from crm.delivery
returning file_version_id
"""

CHOOSE = """
create temporary table planted as
with treated as (
    select distinct on (customer_id) *
    from crm.decision
    where campaign = %(campaign)s and occasion = %(occasion)s and decision = 'include'
    order by customer_id, planned_send_at, instance, wave
),
idle as (
    select t.*, row_number() over (order by md5(%(seed)s || t.customer_id)) as place
    from treated as t
    where not exists (
        select from crm.conversion as c
        where c.customer_id = t.customer_id and c.campaign = t.campaign and c.occasion = t.occasion
          and c.instance = t.instance and c.wave = t.wave and c.meets_goal
          and c.after < make_interval(hours => 24 * %(window_days)s)
    )
)
select
    i.customer_id,
    crm.key64('planted', %(file)s || ':' || i.customer_id) as order_key,
    i.planned_send_at + interval '1 hour' + place %% 600 * interval '1 minute' as ordered_at,
    case i.goal when 'minimum_value' then i.goal_item::numeric else %(amount)s end as amount,
    case when i.goal in ('product', 'category') then (
        select p.product_id
        from crm.product as p
        where i.goal_item in (p.product_id::text, p.external_id, p.category)
           or starts_with(p.category, i.goal_item || ' > ')
        limit 1
    ) end as product_id
from idle as i
where i.place <= round((select count(*) from treated) * %(points)s / 100.0)
"""

ORDERS = """
insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on,
    business_date, line_count, quantity, amount, known_on)
select p.customer_id, p.order_key, f.file_version_id, f.shop, 'planted-' || p.customer_id, 'paid', p.ordered_at,
    (p.ordered_at at time zone s.time_zone)::date, f.business_date, 1, 1, p.amount, f.known_on
from planted as p
cross join (select * from crm.file_version where file_version_id = %(file)s) as f
inner join crm.shop as s using (shop);
"""

LINES = """
insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity, amount)
select customer_id, order_key, 1, %(file)s, product_id, 1, amount from planted
"""


def plant(
    warehouse: Warehouse,
    campaign: str,
    occasion: str,
    points: float,
    seed: int,
    *,
    window_days: int = 10,
    amount: float = 10,
) -> int:
    """Raise the treated conversion rate by ``points`` percentage points (10 = +0.10); return how many were planted.

    Each planted customer, drawn by ``seed`` among the treated without a conversion within ``window_days``, orders once
    within eleven hours of the send: for ``amount`` in the reporting currency, of what the declared goal asks for.
    Conversions must have been collected before; collect and evaluate again afterwards.
    """
    with psycopg.connect(warehouse.url.replace("+psycopg", ""), cursor_factory=psycopg.ClientCursor) as connection:
        row = connection.execute(FILE.encode()).fetchone()
        assert row
        values = {
            "campaign": campaign,
            "occasion": occasion,
            "points": points,
            "seed": str(seed),
            "window_days": window_days,
            "amount": amount,
            "file": row[0],
        }
        planted = connection.execute(CHOOSE.encode(), values).rowcount
        connection.execute(ORDERS.encode(), values)
        connection.execute(LINES.encode(), values)
    return planted
