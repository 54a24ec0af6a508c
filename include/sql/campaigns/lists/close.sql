-- The version that holds so far ends where the new one begins; null = nothing was ever decided by it, so it never holds.
-- Parameters: list, free_from
update crm.customer_list
set valid_to = coalesce(cast(:free_from as date), '0001-01-01')
where list = :list and valid_to is null
