-- Keep the candidates whom every filter found.
-- Parameters: due_id, scope
delete from candidate as c
where
    c.due_id = :due_id
    and not exists (select from found as f where f.number = :scope and f.customer_id = c.customer_id);

drop table if exists purchase;
drop table found
