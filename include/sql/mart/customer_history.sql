-- Makes mart.customer_history from crm.customer_history, crm.segment.
create or replace view mart.customer_history as
select
    history.customer_id,
    history.valid_from,
    history.valid_to,
    history.segment,
    segment.label_en as segment_label_en,
    segment.label_zh as segment_label_zh,
    history.tier,
    history.stage,
    history.recency_score,
    history.frequency_score,
    history.monetary_score
from crm.customer_history as history
left join crm.segment as segment
    on history.segment = segment.segment;

comment on view mart.customer_history is 'One row per customer and change of scores, segment, tier or stage (key: customer_id, valid_from). So on day X: crm.is_known(valid_from, valid_to, X). Joins mart.customers.';
comment on column mart.customer_history.customer_id is 'Customer.';
comment on column mart.customer_history.valid_from is 'Business date from which it was so.';
comment on column mart.customer_history.valid_to is 'Business date from which it was otherwise; null = still so.';
comment on column mart.customer_history.segment is 'RFM segment.';
comment on column mart.customer_history.segment_label_en is 'English label of the segment.';
comment on column mart.customer_history.segment_label_zh is 'Chinese label of the segment.';
comment on column mart.customer_history.tier is 'Member tier.';
comment on column mart.customer_history.stage is 'Lifecycle stage.';
comment on column mart.customer_history.recency_score is 'Score of R.';
comment on column mart.customer_history.frequency_score is 'Score of F.';
comment on column mart.customer_history.monetary_score is 'Score of M.';
