-- The one delivery that is being read now. Unlogged: a crash only means reading the files again.
create unlogged table staging.delivery (
    only_row boolean primary key default true check (only_row),
    delivery_id uuid not null
);
comment on table staging.delivery is 'Whose delivery is staged: publishing refuses any other. One row.';
comment on column staging.delivery.only_row is 'Always true.';
comment on column staging.delivery.delivery_id is 'Delivery.';

create unlogged table staging.order_line (
    file_version_id bigint not null,
    row_number bigint not null,
    order_id text,
    line_number integer,
    customer text,
    product text,
    product_name text,
    category text,
    quantity numeric(18, 4),
    unit_price numeric(18, 4),
    amount numeric(18, 4),
    discount numeric(18, 4),
    shipping_fee numeric(18, 4),
    currency text,
    status text,
    ordered_at timestamptz,
    paid_at timestamptz,
    coupon_codes text,
    entry_source text,
    utm_campaign text,
    refund_id text,
    refund_amount numeric(18, 4),
    refunded_at timestamptz,
    reject_reason text,
    reject_column text,
    raw text
);
comment on table staging.order_line is 'Order lines of the staged delivery in canonical columns, rejected rows included.';
