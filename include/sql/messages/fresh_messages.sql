-- The included decisions that are not in the ledger yet, in a temporary table. The lock only keeps two runs from making empty
-- batches; the ledger's key makes a second row impossible.
-- :campaign, :send_date, :locale (of the business)
select pg_advisory_xact_lock(hashtextextended('crm.message:' || :campaign || ':' || cast(:send_date as text), 0));
create temporary table fresh_message on commit drop as
select
    d.customer_id,
    d.campaign,
    d.occasion,
    d.instance,
    d.wave,
    d.channel,
    d.contact_key,
    d.send_date,
    d.planned_send_at,
    d.send_by,
    coalesce(d.locale, :locale) as locale,
    d.variant,
    d.sending_cost,
    s.last_order_on
from crm.decision as d
left join crm.customer_state as s on d.customer_id = s.customer_id
left join crm.message as m
    on
        d.customer_id = m.customer_id and d.campaign = m.campaign and d.occasion = m.occasion
        and d.instance = m.instance and d.wave = m.wave and d.channel = m.channel
where d.campaign = :campaign and d.send_date = :send_date and d.decision = 'include' and m.customer_id is null
