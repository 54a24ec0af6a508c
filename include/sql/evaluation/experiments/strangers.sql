-- Customers of a file whom the warehouse does not know: they have no segment there, and no orders.
-- :content_hash, :mapping_hash  SHA-256 of the file and of the mapping's text
select
    count(distinct a.customer_id) as customers,
    count(distinct a.customer_id) filter (where c.customer_id is null) as strangers
from crm.imported_campaign as i
inner join crm.imported_assignment as a on i.campaign = a.campaign and i.occasion = a.occasion and i.version = a.version
left join crm.customer as c on a.customer_id = c.customer_id
where i.content_hash = :content_hash and i.mapping_hash = :mapping_hash
