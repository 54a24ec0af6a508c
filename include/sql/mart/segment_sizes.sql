-- Makes mart.segment_sizes from crm.segment, crm.standing_size.
create or replace view mart.segment_sizes as
select
    size.as_of,
    size.value as segment,
    coalesce(segment.label_en, 'Without scores') as label_en,
    coalesce(segment.label_zh, '未评分客户') as label_zh,
    size.customers,
    round(size.customers / nullif(sum(size.customers) over (partition by size.as_of), 0), 6) as share,
    size.net_revenue,
    size.as_of = max(size.as_of) over () as is_latest
from crm.standing_size as size
left join crm.segment as segment
    on size.value = segment.segment
where size.dimension = 'segment';

comment on view mart.segment_sizes is 'One row per RFM segment and business date that was counted, from evaluate_campaigns'' first run on (key: as_of, segment). Sum it over segments, never over dates. Joins mart.rfm_segments on segment.';
comment on column mart.segment_sizes.as_of is 'Business date, as of its end.';
comment on column mart.segment_sizes.segment is 'RFM segment; none = without scores.';
comment on column mart.segment_sizes.label_en is 'English label.';
comment on column mart.segment_sizes.label_zh is 'Chinese label.';
comment on column mart.segment_sizes.customers is 'Buyers in it.';
comment on column mart.segment_sizes.share is 'Share of the buyers of the date, 0 to 1.';
comment on column mart.segment_sizes.net_revenue is 'What they ever paid by then, net of refunds; reporting currency.';
comment on column mart.segment_sizes.is_latest is 'The latest date that was counted.';
