-- The last business date whose orders are in; null = none. No parameters.
select max(business_date) from crm.delivery
