-- Every list in the version that holds from now on.
select
    list,
    version,
    shop,
    valid_from,
    uploaded_at,
    customers,
    unknown
from crm.customer_list
where valid_to is null
order by list
