-- The business that this warehouse serves, if one was claimed.
select
    name,
    time_zone,
    currency,
    country
from crm.business;
