-- Who is on the uploaded list, each once. An id that nobody has yet is kept as well: it may come with the next delivery.
-- Parameters: list, version, shop
insert into crm.customer_list_member (customer_id, list, version)
select
    i.customer_id,
    :list,
    :version
from (
    select distinct crm.key64(:shop, external_id) as customer_id
    from listed_id
) as i
