-- The shops whose customers a list may hold.
select shop
from crm.shop
order by shop
