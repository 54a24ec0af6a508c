-- Refunds that name no order are summed by their own day.
create index refund_without_order on crm.refund (refunded_on) where order_key is null;
comment on column crm.shop_indicator.refunds is 'Paid back of orders_paid so far, whenever it was, and on this date without naming an order; reporting currency.';
comment on column mart.shop_indicators.refunds is 'Paid back of orders_paid so far, whenever it was paid back, and on this date without naming an order; reporting currency.';
