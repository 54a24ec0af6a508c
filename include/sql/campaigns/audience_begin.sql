-- The customers whom a campaign may ask: set 0. Every filter adds a numbered set of those whom it finds.
-- Parameters: due_id
create temporary table found (
    number integer not null,
    customer_id bigint not null
) on commit drop;

insert into found (number, customer_id)
select
    0 as number,
    customer_id
from candidate
where due_id = :due_id;

analyze found
