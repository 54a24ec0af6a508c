-- Makes mart.rfm_segments from crm.segment, mart.customers.
create or replace view mart.rfm_segments as
with sizes as (
    select
        segment,
        count(*) as customers,
        avg(recency_days) as average_recency_days,
        avg(frequency) as average_frequency,
        avg(monetary) as average_monetary,
        sum(net_revenue) as net_revenue
    from mart.customers
    where segment is not null
    group by segment
)

select
    segment.segment,
    segment.label_en,
    segment.label_zh,
    segment.recency_high,
    segment.frequency_high,
    segment.monetary_high,
    coalesce(sizes.customers, 0) as customers,
    round(coalesce(sizes.customers, 0) / nullif(sum(sizes.customers) over (), 0), 4) as share,
    round(sizes.average_recency_days, 1) as average_recency_days,
    round(sizes.average_frequency, 2) as average_frequency,
    round(sizes.average_monetary, 2) as average_monetary,
    coalesce(sizes.net_revenue, 0) as net_revenue
from crm.segment as segment
left join sizes
    on segment.segment = sizes.segment;

comment on view mart.rfm_segments is 'One row per RFM segment, all eight of them (key: segment): size and averages now. Joins mart.customers on segment.';
comment on column mart.rfm_segments.segment is 'Code.';
comment on column mart.rfm_segments.label_en is 'English label.';
comment on column mart.rfm_segments.label_zh is 'Chinese label.';
comment on column mart.rfm_segments.recency_high is 'Bought recently.';
comment on column mart.rfm_segments.frequency_high is 'Buys often.';
comment on column mart.rfm_segments.monetary_high is 'Spends much.';
comment on column mart.rfm_segments.customers is 'Customers in it.';
comment on column mart.rfm_segments.share is 'Share of all customers with a segment, 0 to 1.';
comment on column mart.rfm_segments.average_recency_days is 'Average R in days.';
comment on column mart.rfm_segments.average_frequency is 'Average F: purchases in the window.';
comment on column mart.rfm_segments.average_monetary is 'Average M; reporting currency.';
comment on column mart.rfm_segments.net_revenue is 'Paid ever by its customers, net of refunds; reporting currency.';
