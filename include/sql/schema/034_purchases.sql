-- What a purchase is, and what was known when: one definition, which every count, cycle, audience, exclusion, goal and indicator
-- reads. PostgreSQL puts the text of these functions where they are called; they cost no call and hide nothing from its planner.

create function crm.is_known(known_on date, known_until date, as_of date) returns boolean
language sql immutable parallel safe
return known_on <= as_of and (known_until is null or known_until > as_of);
comment on function crm.is_known(date, date, date) is
'Whether a version (known_on, known_until; or valid_from, valid_to) is what was known at the end of a business date.';

create function crm.was_paid(status text) returns boolean
language sql immutable parallel safe
return status in ('paid', 'shipped', 'completed', 'refunded');
comment on function crm.was_paid(text) is 'Whether an order of this status was paid: its money, less what was paid back, is revenue.';

create function crm.paid_back(status text, amount numeric, refunds numeric) returns numeric
language sql immutable parallel safe
return least(coalesce(refunds, case when status = 'refunded' then amount else 0 end), greatest(amount, 0));
comment on function crm.paid_back(text, numeric, numeric) is
'What was paid back of an order''s goods: the sum of its refunds, and no more than was paid for them, whichever file says so; null = there is none, and a refunded order is refunded wholly.';

create function crm.is_purchase(status text, amount numeric, refunds numeric) returns boolean
language sql immutable parallel safe
return crm.was_paid(status) and amount > crm.paid_back(status, amount, refunds);
comment on function crm.is_purchase(text, numeric, numeric) is
'Whether an order is a purchase: it was paid, and something is left of it after its refunds (their sum; null = none).';

create function crm.refund_id(refund_id text, order_id text, is_own_row boolean, refunded_at timestamptz) returns text
language sql stable parallel safe
return case
    -- The reader names a refund after its order where the row has no id of its own.
    when not is_own_row or refund_id <> order_id then coalesce(refund_id, order_id)
    when order_id is null then refund_id
    else order_id || '@' || to_char(refunded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS')
end;
comment on function crm.refund_id(text, text, boolean, timestamptz) is
'Which refund a delivered row speaks of: beside an order line a part of its order''s one refund, on a row of its own by its id, else by its order and time; null = only its place in the file says it.';

-- A conversion says how far its order had come, so that a refunded one with something left counts in results, too. Those that
-- are here were paid, shipped or completed; the files with refunded orders of which something is left are collected once more.
alter table crm.conversion add column status text not null default 'paid';
comment on column crm.conversion.status is 'Status of this version of the order; paid also for shipped and completed ones that were collected before there was this column.';

delete from crm.collected_file as f
using crm.orders as o
where
    f.file_version_id = o.file_version_id
    and o.status = 'refunded'
    and o.amount > (select sum(r.amount) from crm.refund as r where r.customer_id = o.customer_id and r.order_key = o.order_key);
