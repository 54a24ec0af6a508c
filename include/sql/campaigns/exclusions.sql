-- Every reason that speaks against each candidate, in the order of docs/exclusions.md, and the one channel.
-- All of it was known before any arm is drawn.
-- Parameters: business_date, send_date, time_zone, locale (of the business), costs (json: channel -> cost of sending),
-- price_to_aov (a price above so many average orders is too dear), price_days (days that the average is taken from)
create temporary table verdict on commit drop as
with usable as (
    select
        c.*,
        d.channels,
        d.price,
        d.active_within_days,
        d.prospects and c.stage = 'prospect' as is_welcome,
        (cast(:send_date as date) + d.send_at) at time zone coalesce(c.time_zone, :time_zone) as planned_send_at,
        (cast(:send_date as date) + d.send_by) at time zone coalesce(c.time_zone, :time_zone) as send_by,
        k.channels && d.channels as capped,
        'email' = any(d.channels) and c.email_blocks = '{}' and 'email' <> all(coalesce(k.channels, '{}')) as by_email,
        'sms' = any(d.channels) and c.sms_blocks = '{}' and 'sms' <> all(coalesce(k.channels, '{}')) as by_sms
    from identity as c
    inner join due as d on c.due_id = d.due_id
    left join capped as k on c.customer_id = k.customer_id and c.due_id = k.due_id
    -- A fence: what is computed here is computed once, not wherever it is used.
    limit all offset 0 -- noqa: AM09
),

timed as (
    select
        u.*,
        case
            when u.by_email and u.by_sms then coalesce(u.preferred_channel, u.channels[1])
            when u.by_email then 'email'
            when u.by_sms then 'sms'
        end as channel,
        -- Without a channel every reason of every declared channel stands.
        case
            when u.by_email or u.by_sms then '{}'
            else
                case when 'email' = any(u.channels) then u.email_blocks else '{}' end
                || case when 'sms' = any(u.channels) then u.sms_blocks else '{}' end
        end as blocks
    from usable as u
    limit all offset 0 -- noqa: AM09
)

select
    t.customer_id,
    t.due_id,
    t.instance,
    t.item_key,
    t.channel,
    case t.channel when 'email' then t.email_key when 'sms' then t.mobile_key end as contact_key,
    t.assignment_key,
    t.global_key,
    t.last_order_on,
    t.segment,
    t.tier,
    t.stage,
    coalesce(t.locale, :locale) as locale,
    t.planned_send_at,
    t.send_by,
    coalesce(cast(cast(:costs as jsonb) ->> t.channel as numeric), 0) as sending_cost,
    array_remove(array[
        case when t.decided then 'decided_before' end,
        case when 'opt_out' = any(t.blocks) then 'opt_out' end,
        case when 'complaint' = any(t.blocks) then 'complaint' end,
        case when 'bounce' = any(t.blocks) then 'bounce' end,
        case when 'no_consent' = any(t.blocks) then 'no_consent' end,
        case when 'no_address' = any(t.blocks) then 'no_address' end,
        case when 'masked_address' = any(t.blocks) then 'masked_address' end,
        case when o.customer_id is not null then 'shared_address' end,
        case when t.fake_orders then 'fake_orders' end,
        case when k.within_cap or (t.channel is null and t.capped) then 'contacted_within_cap' end,
        case when k.that_day then 'contacted_that_day' end,
        case when b.same_product then 'bought_same_product' end,
        case when t.bought_recently then 'bought_recently' end,
        case when k.in_gap then 'in_gap' end,
        case when b.full_price then 'full_price_lately' end,
        case when t.price > :price_to_aov * s.average_order_value then 'too_expensive' end,
        case
            when
                t.last_order_on is null and not coalesce(t.is_welcome, false)
                or t.last_order_on <= cast(:business_date as date) - t.active_within_days then 'inactive'
        end,
        -- Already past when the business date ended: far east of the business.
        case
            when t.send_by <= (cast(:send_date as date) + time '00:00') at time zone :time_zone then 'send_by_passed'
        end
    ], null) as reasons
from timed as t
left join contacted as k on t.customer_id = k.customer_id and t.due_id = k.due_id
left join occasion_taken as o on t.customer_id = o.customer_id and t.due_id = o.due_id
left join bought_lately as b on t.customer_id = b.customer_id and t.due_id = b.due_id
left join purchased as s
    on t.customer_id = s.customer_id and s.days = :price_days and exists (select from due where due.price is not null);

analyze verdict;
