-- Makes the temporary table said: what is said now, by address (contact_key) or by customer (customer_id), for
-- responses/say_no. It keeps reference and distributed tables out of one insert. No parameters.
drop table if exists said;

create temporary table said (
    customer_id bigint,
    contact_key uuid,
    channel text not null,
    reason text not null,
    occurred_at timestamptz not null,
    known_on date not null,
    source text not null,
    nth integer not null default 1
) on commit drop
