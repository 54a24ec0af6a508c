-- Order lines of the shop, and rows that were decided and enqueued.
select
    (select count(*) from crm.order_line) as lines,
    (select count(*) from crm.decision) + (select count(*) from crm.contact_claim) + (select count(*) from crm.message)
    + (select count(*) from crm.coupon) + (select count(*) from crm.coupon_code)
    as rows
