-- What one planning pass works on. Temporary: a dry run leaves nothing behind.
create temporary table due (
    due_id integer primary key,
    campaign text not null,
    kind text not null,
    occasion text not null,
    wave text not null,
    occasion_date date not null,
    priority integer not null,
    epoch text not null,
    salt text not null,
    holdout numeric not null,
    variants text[] not null,
    channels text[] not null,
    goal text not null,
    goal_item text,
    offer jsonb,
    coupon_cost numeric not null,
    send_at time not null,
    send_by time not null,
    gap_days integer not null,
    direction text not null,
    full_price_days integer not null,
    price numeric,
    window_days integer not null,
    active_within_days integer not null,
    prospects boolean not null,
    declaration_hash text not null
) on commit drop;

create temporary table candidate (
    customer_id bigint not null,
    due_id integer not null,
    instance text not null default '',
    item_key text,
    bought_recently boolean not null default false,
    decided boolean not null default false,
    again boolean not null default false
) on commit drop;

-- Offers that differ between customers, each of them once, and who has which; who has none has the offer of the campaign.
create temporary table fitted (
    fitted_id integer primary key,
    offer jsonb not null,
    coupon_cost numeric not null
) on commit drop;

create temporary table fitted_offer (
    customer_id bigint not null,
    due_id integer not null,
    fitted_id integer not null,
    primary key (customer_id, due_id)
) on commit drop;
