-- Order lines of the shop, and results.
select (select count(*) from crm.order_line) as lines, (select count(*) from crm.result) as results
