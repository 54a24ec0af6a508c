-- Fit the offers that differ between customers (docs/offers.md): of everybody who is written to, held out, or would be but
-- for the global holdout, so that a held-out row carries the offer that it would have had. Nothing here chooses anybody.
-- Facts as known on the business date: a past date is fitted as it was. Held-out rows get an offer and never a code.
-- Parameters: business_date, send_date, currency, rules (json: crm.campaigns.offers.rules with campaign, occasion, wave),
-- margins (json: [{category, share}], "*" = any other), margin_days (days of sales that the margin is taken from)
create temporary table offer_rule on commit drop as
select r.*
from
    jsonb_to_recordset(cast(:rules as jsonb)) as r (
        rule integer, campaign text, occasion text, wave text, variant text, tier text, other_tiers text[],
        fixed jsonb, fixed_cost numeric, text jsonb, threshold numeric, of_aov numeric, threshold_step numeric,
        threshold_minimum numeric, threshold_maximum numeric, value numeric, of_threshold numeric, value_step numeric,
        value_minimum numeric, value_maximum numeric, ladder jsonb, reach numeric, default_aov numeric, aov_days integer,
        share_of_margin numeric, assumed_margin numeric, valid_days integer
    );

-- What is left of a basket of these days after the goods are paid: by unit cost, else by the category's declared margin.
create temporary table product_margin on commit drop as
select
    p.product_id,
    p.unit_cost,
    m.share
from crm.product as p
left join lateral (
    select n.share
    from jsonb_to_recordset(cast(:margins as jsonb)) as n (category text, share numeric)
    where n.category = '*' or n.category = p.category or starts_with(p.category, n.category || ' > ')
    order by n.category = '*', length(n.category) desc
    limit 1
) as m on true
where
    crm.is_known(p.valid_from, p.valid_to, :business_date)
    and (p.unit_cost is not null or m.share is not null)
    and exists (select from offer_rule where fixed is null);

alter table product_margin add primary key (product_id);
analyze product_margin;

create temporary table basket on commit drop as
with sold as materialized (
    select
        l.product_id,
        sum(l.amount) as amount,
        sum(l.quantity) as quantity
    from crm.orders as o
    inner join crm.order_line as l
        on o.customer_id = l.customer_id and o.order_key = l.order_key and o.file_version_id = l.file_version_id
    where
        o.ordered_on > cast(:business_date as date) - :margin_days and o.ordered_on <= :business_date
        and l.amount > 0
        and crm.is_known(o.known_on, o.known_until, :business_date)
        and crm.is_purchase(o.status, o.amount, (
            select sum(r.amount)
            from crm.refund as r
            where
                r.customer_id = o.customer_id and r.order_key = o.order_key
                and crm.is_known(r.known_on, r.known_until, :business_date)
        ))
        and exists (select from offer_rule where fixed is null)
    group by l.product_id
),

other as (
    select max(n.share) as share
    from jsonb_to_recordset(cast(:margins as jsonb)) as n (category text, share numeric)
    where n.category = '*'
)

select
    sum(s.amount) as amount,
    sum(case
        when p.unit_cost is not null then s.amount - s.quantity * p.unit_cost
        else s.amount * coalesce(p.share, other.share, 0)
    end) as margin,
    coalesce(sum(s.amount) filter (where p.unit_cost is null and coalesce(p.share, other.share) is null), 0) as unknown
from sold as s
left join product_margin as p on s.product_id = p.product_id
cross join other;

analyze offer_rule;

create temporary table offered on commit drop as
select
    d.customer_id,
    d.due_id,
    r.rule,
    r.aov_days
from drawn as d
inner join due as u on d.due_id = u.due_id
inner join offer_rule as r
    on
        u.campaign = r.campaign and u.occasion = r.occasion and u.wave = r.wave
        and (r.variant is null or d.variant = r.variant)
where
    (d.decision <> 'exclude' or d.reasons = '{global_holdout}')
    and case when r.tier is null then coalesce(d.tier <> all(r.other_tiers), true) else d.tier = r.tier end;

analyze offered;

-- The customer's own AOV is the mean of what was left of each purchase; 0 = none known.
create temporary table known_value on commit drop as
select
    o.customer_id,
    o.due_id,
    o.rule,
    coalesce(round(p.average_order_value, 2), r.default_aov, 0) as aov
from offered as o
inner join offer_rule as r on o.rule = r.rule
left join purchased as p on o.customer_id = p.customer_id and o.aov_days = p.days;

analyze known_value;

-- Customers of one rule and one AOV have one offer: computed once.
create temporary table fitted_value on commit drop as
with value_of_rule as (
    select distinct
        rule,
        nullif(aov, 0) as aov
    from known_value
),

wanted as (
    select
        r.*,
        v.aov,
        greatest(
            coalesce((b.margin + b.unknown * r.assumed_margin) / nullif(b.amount, 0), r.assumed_margin), 0
        ) as margin,
        case
            when r.ladder is not null then s.threshold
            when r.of_aov is not null and v.aov is not null
                then least(
                    greatest(ceil(v.aov * r.of_aov / r.threshold_step) * r.threshold_step, r.threshold_minimum),
                    r.threshold_maximum
                )
            else r.threshold
        end as from_amount,
        coalesce(s.value, r.value) as exact_value
    from value_of_rule as v
    inner join offer_rule as r on v.rule = r.rule and r.fixed is null
    cross join basket as b
    left join lateral (
        -- The lowest step above the AOV; who is above all of them gets the highest.
        select
            l.threshold,
            l.value
        from jsonb_to_recordset(r.ladder) as l (threshold numeric, value numeric)
        where v.aov is not null
        order by l.threshold <= v.aov, case when l.threshold <= v.aov then -l.threshold else l.threshold end
        limit 1
    ) as s on true
),

floored as (
    select
        w.*,
        -- Without a threshold the order is expected to be as large as the customer's others.
        coalesce(nullif(w.from_amount, 0), w.aov) * w.margin * w.share_of_margin as allowed
    from wanted as w
    where
        coalesce(nullif(w.from_amount, 0), w.aov) is not null
        and (w.reach is null or w.aov is null or w.from_amount <= w.aov * w.reach)
),

valued as (
    select
        f.*,
        case
            when f.exact_value <= f.allowed then f.exact_value
            else
                floor(
                    least(coalesce(f.exact_value, f.from_amount * f.of_threshold), f.value_maximum, f.allowed)
                    / f.value_step
                ) * f.value_step
        end as taken_off
    from floored as f
),

every_value as (
    select
        v.rule,
        coalesce(v.aov, 0) as aov,
        jsonb_build_object(
            'threshold', trim_scale(v.from_amount),
            'value', trim_scale(v.taken_off),
            'currency', cast(:currency as text),
            'text', v.text,
            'expires_on', cast(:send_date as date) + v.valid_days - 1,
            'aov', v.aov,
            'margin', round(v.margin, 4)
        ) as offer,
        v.taken_off as coupon_cost
    from valued as v
    where v.taken_off >= v.value_minimum
    union all
    select
        k.rule,
        k.aov,
        r.fixed,
        r.fixed_cost
    from (
        select distinct
            rule,
            aov
        from known_value
    ) as k
    inner join offer_rule as r on k.rule = r.rule
    where r.fixed is not null
)

select
    cast(row_number() over (order by e.rule, e.aov) as integer) as fitted_id,
    e.*
from every_value as e;

analyze fitted_value;

insert into fitted (fitted_id, offer, coupon_cost)
select
    fitted_id,
    offer,
    coupon_cost
from fitted_value;

insert into fitted_offer (customer_id, due_id, fitted_id)
select
    k.customer_id,
    k.due_id,
    f.fitted_id
from known_value as k
inner join fitted_value as f on k.rule = f.rule and k.aov = f.aov;

analyze fitted;
analyze fitted_offer;

drop table offer_rule, product_margin, basket, offered, known_value, fitted_value
