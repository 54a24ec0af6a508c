-- Tables of one refresh (or one question about the past). They vanish with the transaction.
create temp table customer_scope (
    customer_id bigint not null,
    touched boolean not null,
    crossed boolean not null,
    reads boolean not null,
    excluded boolean not null,
    had_state boolean not null,
    changed_from date,
    read_after date not null,
    base_order_count integer not null,
    base_net_revenue numeric not null,
    base_first_order_on date,
    base_through date,
    last_order_on date,
    segment text,
    tier text,
    stage text,
    recency_score smallint,
    frequency_score smallint,
    monetary_score smallint
) on commit drop;
create temp table customer_pending (
    customer_id bigint not null,
    changed_from date,
    read_after date not null,
    base_order_count integer not null,
    base_net_revenue numeric not null,
    base_first_order_on date
) on commit drop;
create temp table customer_measure (
    customer_id bigint not null,
    facts bigint not null,
    is_stale boolean not null,
    measures_change_on date,
    base_through date,
    base_order_count integer not null,
    base_net_revenue numeric not null,
    first_order_on date,
    last_order_on date,
    order_count integer not null,
    net_revenue numeric not null,
    median_interval_days numeric,
    frequency integer not null,
    monetary numeric not null
) on commit drop;
create temp table rfm_bound (
    measure text not null,
    bucket integer not null,
    score smallint not null,
    upper_bound numeric,
    buyers bigint not null
) on commit drop;
create temp table purchase (
    customer_id bigint not null,
    order_key bigint not null,
    file_version_id bigint not null,
    ordered_on date not null,
    net numeric not null
) on commit drop;
create temp table item (
    item bigint not null,
    level text not null,
    item_key text not null,
    category_item bigint
) on commit drop;
create temp table spell (
    item bigint not null,
    customer_id bigint not null,
    day date not null,
    closed_days integer,
    purchase_days integer not null,
    paid double precision not null
) on commit drop;
create temp table cycle (
    level text not null,
    item_key text not null,
    cycle_days numeric,
    intervals bigint not null,
    open_intervals bigint not null,
    customers bigint not null,
    repeat_share numeric not null,
    expected_value numeric,
    own_cycle_days numeric,
    borrowed_cycle_days numeric,
    borrowed_intervals bigint,
    own_weight numeric not null
) on commit drop;
