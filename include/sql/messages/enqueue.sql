-- One row of the ledger per included decision that is not in it yet, cut into batches of one time and one template: whoever
-- bought last goes first. Sending hours move the planned time to their beginning and send_by to their end at the latest;
-- what is planned after their end is skipped when its turn comes.
-- A first time the ledger is not looked at: where PostgreSQL takes it for empty, it would read it again for every decision
-- while other campaigns fill it.
-- :campaign, :send_date, :locale (of the business), :providers (json: channel -> provider), :batch_sizes (json: channel ->
-- messages), :again (there are messages of the campaign already)
create temporary table fresh_message on commit drop as
select
    f.*,
    (row_number() over (
        partition by f.occasion, f.wave, f.channel, f.planned_send_at, f.locale, f.variant
        order by f.last_order_on desc nulls last, f.customer_id asc, f.instance asc
    ) - 1) / cast(cast(:batch_sizes as jsonb) ->> f.channel as integer) as chunk
from (
    select
        d.customer_id,
        d.campaign,
        d.occasion,
        d.instance,
        d.wave,
        d.channel,
        d.contact_key,
        d.send_date,
        greatest(d.planned_send_at, h.opens_at) as planned_send_at,
        least(d.send_by, h.closes_at) as send_by,
        coalesce(d.locale, :locale) as locale,
        d.variant,
        d.sending_cost,
        s.last_order_on
    from crm.decision as d
    left join crm.customer_state as s on d.customer_id = s.customer_id
    left join sending_hours as h on d.customer_id = h.customer_id and d.channel = h.channel
    left join crm.message as m
        on
            :again
            and d.customer_id = m.customer_id and d.campaign = m.campaign and d.occasion = m.occasion
            and d.instance = m.instance and d.wave = m.wave and d.channel = m.channel
    where d.campaign = :campaign and d.send_date = :send_date and d.decision = 'include' and m.customer_id is null
) as f;

analyze fresh_message;

create temporary table fresh_batch on commit drop as
select
    nextval(pg_get_serial_sequence('crm.message_batch', 'batch_id')) as batch_id,
    f.*
from (
    select
        occasion,
        wave,
        channel,
        planned_send_at,
        locale,
        variant,
        chunk,
        count(*) as messages
    from fresh_message
    group by occasion, wave, channel, planned_send_at, locale, variant, chunk
    order by planned_send_at, chunk, channel, occasion, wave, locale, variant
) as f;

insert into crm.message_batch (
    batch_id, campaign, occasion, wave, send_date, channel, provider, planned_send_at, messages
) overriding system value
select
    batch_id,
    cast(:campaign as text) as campaign,
    occasion,
    wave,
    cast(:send_date as date) as send_date,
    channel,
    coalesce(cast(:providers as jsonb) ->> channel, 'none') as provider,
    planned_send_at,
    messages
from fresh_batch;

insert into crm.message (
    customer_id, campaign, occasion, instance, wave, channel, message_id, batch_id, contact_key, send_date,
    planned_send_at, send_by, locale, variant, provider, sending_cost
)
select
    f.customer_id,
    f.campaign,
    f.occasion,
    f.instance,
    f.wave,
    f.channel,
    left(md5(concat_ws(chr(31), f.customer_id, f.campaign, f.occasion, f.instance, f.wave, f.channel)), 16) as message_id,
    b.batch_id,
    f.contact_key,
    f.send_date,
    f.planned_send_at,
    f.send_by,
    f.locale,
    f.variant,
    coalesce(cast(:providers as jsonb) ->> f.channel, 'none') as provider,
    f.sending_cost
from fresh_message as f
inner join fresh_batch as b
    on
        f.occasion = b.occasion and f.wave = b.wave and f.channel = b.channel and f.locale = b.locale
        and f.variant = b.variant and f.planned_send_at = b.planned_send_at and f.chunk = b.chunk
on conflict (customer_id, campaign, occasion, instance, wave, channel) do nothing;
