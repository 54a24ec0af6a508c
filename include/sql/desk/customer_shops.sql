-- Shops whose customers can be looked up. No parameters.
select shop
from crm.shop
order by shop
