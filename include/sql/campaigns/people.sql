-- Every candidate once; and are they most of the shop's customers?
create temporary table people on commit drop as
select distinct customer_id
from candidate;

analyze people;

select (select count(*) from people) * 2 > (select count(*) from crm.customer) as most
