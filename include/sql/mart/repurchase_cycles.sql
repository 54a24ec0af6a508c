-- Makes mart.repurchase_cycles from crm.product, crm.repurchase_cycle.
create or replace view mart.repurchase_cycles as
select
    cycle.level,
    cycle.item_key,
    product.product_id,
    product.name as product_name,
    case when cycle.level = 'category' then cycle.item_key else product.category end as category,
    cycle.cycle_days,
    cycle.intervals,
    cycle.open_intervals,
    cycle.customers,
    cycle.repeat_share,
    cycle.expected_value,
    cycle.calibrated_on,
    cycle.own_cycle_days,
    cycle.borrowed_cycle_days,
    cycle.own_weight
from crm.repurchase_cycle as cycle
left join crm.product as product
    on cycle.level = 'product' and cycle.item_key = cast(product.product_id as text) and product.valid_to is null
where cycle.calibrated_on = (select max(latest.calibrated_on) from crm.repurchase_cycle as latest);

comment on view mart.repurchase_cycles is 'One row per shop, category or product (key: level, item_key): days to the next purchase by the latest calibration, Kaplan-Meier median with open intervals censored, a product''s shrunk towards its category''s.';
comment on column mart.repurchase_cycles.level is 'shop, category or product.';
comment on column mart.repurchase_cycles.item_key is '"" for the shop, the category path, or the product_id as text.';
comment on column mart.repurchase_cycles.product_id is 'Product, on that level; joins mart.products.';
comment on column mart.repurchase_cycles.product_name is 'Name of the product.';
comment on column mart.repurchase_cycles.category is 'Category path, or the product''s.';
comment on column mart.repurchase_cycles.cycle_days is 'Days, own and borrowed by their weights on the logarithm; null = no cycle.';
comment on column mart.repurchase_cycles.intervals is 'Closed intervals: the sample size.';
comment on column mart.repurchase_cycles.open_intervals is 'Intervals still open at calibration.';
comment on column mart.repurchase_cycles.customers is 'Buyers.';
comment on column mart.repurchase_cycles.repeat_share is 'Share of the buyers who bought it on a second day, 0 to 1.';
comment on column mart.repurchase_cycles.expected_value is 'Average paid on a purchase day of it; reporting currency.';
comment on column mart.repurchase_cycles.calibrated_on is 'Business date as of which it was estimated.';
comment on column mart.repurchase_cycles.own_cycle_days is 'Median of its own intervals; null where less than half ever come back.';
comment on column mart.repurchase_cycles.borrowed_cycle_days is 'The category''s median, where a product borrowed it.';
comment on column mart.repurchase_cycles.own_weight is 'Weight of the own median, 0 to 1; 1 where nothing was borrowed.';
