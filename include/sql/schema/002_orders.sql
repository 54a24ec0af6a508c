-- Deliveries and what they said. Every version of an order is kept with the business dates between which it was known.
create table crm.file_version (
    file_version_id bigint generated always as identity primary key,
    shop text not null,
    kind text not null check (kind in ('orders', 'customers', 'products', 'suppressions', 'contacts')),
    source_file text not null,
    content_hash text not null,
    mapping_hash text not null default '',
    positional boolean not null default false,
    from_date date,
    business_date date not null,
    known_on date not null,
    status text not null check (status in ('staged', 'failed', 'published')),
    failure text,
    declared_empty boolean not null default false,
    lines_read bigint not null default 0,
    lines_published bigint not null default 0,
    lines_unchanged bigint not null default 0,
    lines_superseded bigint not null default 0,
    lines_rejected bigint not null default 0,
    arrived_at timestamptz not null default clock_timestamp(),
    check (
        status <> 'published'
        or lines_read = lines_published + lines_unchanged + lines_superseded + lines_rejected
    )
);
create index file_version_by_file on crm.file_version (shop, kind, source_file, file_version_id);
create index file_version_by_date on crm.file_version (business_date, status);
comment on table crm.file_version is 'One row per arrival of a file whose content is new. Local table.';
comment on column crm.file_version.file_version_id is 'Sequence number in order of arrival; breaks ties of known_on.';
comment on column crm.file_version.shop is 'Shop that delivered it.';
comment on column crm.file_version.kind is 'orders, customers, products, suppressions or contacts.';
comment on column crm.file_version.source_file is 'Path below the landing folder, or key in the bucket.';
comment on column crm.file_version.content_hash is 'SHA-256 of the bytes, in hex.';
comment on column crm.file_version.mapping_hash is 'SHA-256 of the mapping it was read by: a mended mapping makes a new version of the same bytes.';
comment on column crm.file_version.positional is 'It has no order ids: they are made of file name and row number, and a new version replaces the whole file.';
comment on column crm.file_version.from_date is 'First business date of a range that one file serves (rows are allotted by their order date); null = one date.';
comment on column crm.file_version.business_date is 'Business date that the file was delivered for; the last one of a range.';
comment on column crm.file_version.known_on is 'Business date whose delivery told us (see docs/decisions.md); that of its last date for a range.';
comment on column crm.file_version.status is 'staged, failed (nothing of it was published) or published.';
comment on column crm.file_version.failure is 'Expectations that failed in this file, with counts; null where only another file of its delivery failed.';
comment on column crm.file_version.declared_empty is 'The file has no rows, which declares a day without sales.';
comment on column crm.file_version.lines_read is 'Rows in the file; equals published + unchanged + superseded + rejected.';
comment on column crm.file_version.lines_published is 'Rows that became current facts.';
comment on column crm.file_version.lines_unchanged is 'Rows that said what was known already.';
comment on column crm.file_version.lines_superseded is 'Rows of orders of which a newer file had spoken already.';
comment on column crm.file_version.lines_rejected is 'Rows set aside in crm.rejected_row.';
comment on column crm.file_version.arrived_at is 'When the file was read (wall clock, for operators only).';

-- A correction, and a date that comes after later dates were decided, count as known only from `floor_on`.
create function crm.known_on(business_date date, floor_on date, floor_before date) returns date
language sql immutable parallel safe
return case when business_date < floor_before then greatest(business_date, floor_on) else business_date end;
comment on function crm.known_on(date, date, date) is
'Business date from which a fact of business_date counts as known: floor_on at the earliest, if it is before floor_before.';

create table crm.rejected_row (
    file_version_id bigint not null,
    row_number bigint not null,
    reason text not null,
    column_name text,
    raw jsonb not null,
    replayed_by bigint,
    primary key (file_version_id, row_number)
);
comment on table crm.rejected_row is 'Rows that were set aside, once each, by their first reason. Local table; holds personal data.';
comment on column crm.rejected_row.file_version_id is 'File version that the row came in.';
comment on column crm.rejected_row.row_number is 'Record number in the file, 1 = first after the header.';
comment on column crm.rejected_row.reason is 'First rule that it broke.';
comment on column crm.rejected_row.column_name is 'Column of the file to mend.';
comment on column crm.rejected_row.raw is 'The row as it was delivered.';
comment on column crm.rejected_row.replayed_by is 'File version by which a mended row came in later.';

create table crm.delivery (
    shop text not null,
    business_date date not null,
    mode text not null default 'live' check (mode in ('live', 'dry', 'load', 'simulate')),
    published_at timestamptz not null default clock_timestamp(),
    primary key (shop, business_date)
);
comment on table crm.delivery is 'Business dates whose orders are in (or declared empty), per shop. Local table.';
comment on column crm.delivery.shop is 'Shop.';
comment on column crm.delivery.business_date is 'Complete business date of that shop.';
comment on column crm.delivery.mode is 'Mode of the run that published it first: for live and simulate the date''s campaigns are planned, for dry and load not.';
comment on column crm.delivery.published_at is 'When it was published (wall clock, for operators only).';

create table crm.orders (
    customer_id bigint not null,
    order_key bigint not null,
    file_version_id bigint not null,
    shop text not null,
    order_id text not null,
    status text not null check (status in ('unpaid', 'paid', 'shipped', 'completed', 'cancelled', 'refunded')),
    ordered_at timestamptz not null,
    paid_at timestamptz,
    ordered_on date not null,
    business_date date not null,
    line_count integer not null,
    quantity numeric(18, 4) not null,
    amount numeric(18, 4) not null,
    discount numeric(18, 4) not null default 0,
    shipping_fee numeric(18, 4) not null default 0,
    coupon_codes text[],
    entry_source text,
    utm_campaign text,
    known_on date not null,
    known_until date,
    confirmed_on date,
    content_hash bigint not null default 0,
    primary key (customer_id, order_key, file_version_id)
);
create index orders_by_key on crm.orders (order_key);
create index orders_by_day on crm.orders (customer_id, ordered_on);
create index orders_by_date on crm.orders (ordered_on);
-- Rows of a file lie together: a range index costs next to nothing.
create index orders_by_file on crm.orders using brin (file_version_id) with (pages_per_range = 32);
comment on table crm.orders is 'Versions of orders. Current: known_until is null. As known on X: known_on <= X and (known_until is null or known_until > X). Distributed by customer_id.';
comment on column crm.orders.customer_id is 'Buyer; the shop''s anonymous customer where the file names none.';
comment on column crm.orders.order_key is 'crm.key64(shop, order_id).';
comment on column crm.orders.file_version_id is 'File version that this version of the order came in.';
comment on column crm.orders.shop is 'Shop.';
comment on column crm.orders.order_id is 'The shop''s own order id.';
comment on column crm.orders.status is 'unpaid, paid, shipped, completed, cancelled or refunded (wholly).';
comment on column crm.orders.ordered_at is 'When it was ordered.';
comment on column crm.orders.paid_at is 'When it was paid, if the source tells.';
comment on column crm.orders.ordered_on is 'Date of ordered_at in the business''s time zone.';
comment on column crm.orders.business_date is 'Business date of the file: of two versions the one of the later business date, then of the later arrival, is the newer.';
comment on column crm.orders.line_count is 'Order lines.';
comment on column crm.orders.quantity is 'Sum of the lines'' quantities.';
comment on column crm.orders.amount is 'Sum of the lines'' amounts after discounts, without shipping, before refunds; reporting currency.';
comment on column crm.orders.discount is 'Discount already taken off the amount; reporting currency.';
comment on column crm.orders.shipping_fee is 'Shipping paid by the customer; reporting currency.';
comment on column crm.orders.coupon_codes is 'Coupon codes used.';
comment on column crm.orders.entry_source is 'Entry path as the shop names it.';
comment on column crm.orders.utm_campaign is 'utm_campaign of the visit that ordered.';
comment on column crm.orders.known_on is 'Business date from which this version was known.';
comment on column crm.orders.known_until is 'Business date from which a newer version was known; null = current.';
comment on column crm.orders.confirmed_on is 'Latest business date whose file said the same again: a file of an earlier date changes nothing any more.';
comment on column crm.orders.content_hash is 'Hash of the order and its lines as delivered: an equal one makes no new version.';

create table crm.order_line (
    customer_id bigint not null,
    order_key bigint not null,
    line_number integer not null,
    file_version_id bigint not null,
    product_id bigint,
    quantity numeric(18, 4) not null,
    unit_price numeric(18, 4),
    amount numeric(18, 4) not null,
    discount numeric(18, 4) not null default 0,
    primary key (customer_id, order_key, line_number, file_version_id)
);
comment on table crm.order_line is 'Lines of a version of an order; joins crm.orders on (customer_id, order_key, file_version_id). Distributed by customer_id.';
comment on column crm.order_line.customer_id is 'Buyer.';
comment on column crm.order_line.order_key is 'Order.';
comment on column crm.order_line.line_number is 'Position in its order within one file version, from 1; equal lines are legitimate.';
comment on column crm.order_line.file_version_id is 'File version of the order''s version.';
comment on column crm.order_line.product_id is 'Product; null in order-level files.';
comment on column crm.order_line.quantity is 'Pieces (may be zero or negative: a warning).';
comment on column crm.order_line.unit_price is 'Price per piece as delivered; reporting currency.';
comment on column crm.order_line.amount is 'Paid for the line after discounts; reporting currency.';
comment on column crm.order_line.discount is 'Discount already taken off the amount; reporting currency.';

create table crm.refund (
    customer_id bigint not null,
    refund_key bigint not null,
    part integer not null default 1,
    file_version_id bigint not null,
    shop text not null,
    refund_id text not null,
    order_key bigint,
    line_number integer,
    product_id bigint,
    amount numeric(18, 4) not null,
    refunded_at timestamptz not null,
    refunded_on date not null,
    business_date date not null,
    known_on date not null,
    known_until date,
    confirmed_on date,
    primary key (customer_id, refund_key, part, file_version_id)
);
create index refund_by_key on crm.refund (refund_key);
create index refund_by_order on crm.refund (customer_id, order_key);
create index refund_by_file on crm.refund using brin (file_version_id) with (pages_per_range = 32);
comment on table crm.refund is 'Versions of refunds and cancellations, whole or partial, with or without their order; read like crm.orders. Distributed by customer_id.';
comment on column crm.refund.customer_id is 'Buyer.';
comment on column crm.refund.refund_key is 'crm.key64(shop, refund_id).';
comment on column crm.refund.part is 'Row of the refund within one file version, from 1: the parts of a refund are replaced together.';
comment on column crm.refund.file_version_id is 'File version that this version came in.';
comment on column crm.refund.shop is 'Shop.';
comment on column crm.refund.refund_id is 'The shop''s refund id; the order id where the file tells refunds beside its orders, "order id@time" for rows of their own without an id.';
comment on column crm.refund.order_key is 'Order that the file names, even where it has not come in (yet); null where it names none.';
comment on column crm.refund.line_number is 'Line of that order, if known.';
comment on column crm.refund.product_id is 'Product that came back, if known.';
comment on column crm.refund.amount is 'Paid back, positive; reporting currency. A later version of 0 takes it back.';
comment on column crm.refund.refunded_at is 'When it was paid back.';
comment on column crm.refund.refunded_on is 'Date of refunded_at in the business''s time zone.';
comment on column crm.refund.business_date is 'Business date of the file.';
comment on column crm.refund.known_on is 'Business date from which this version was known.';
comment on column crm.refund.known_until is 'Business date from which a newer version was known; null = current.';
comment on column crm.refund.confirmed_on is 'Latest business date whose file said the same again.';

create table crm.product (
    product_id bigint not null,
    valid_from date not null,
    valid_to date,
    shop text not null,
    external_id text not null,
    name text,
    category text,
    list_price numeric(18, 4),
    unit_cost numeric(18, 4),
    role text check (role in ('traffic', 'profit', 'edge', 'potential')),
    file_version_id bigint not null,
    confirmed_on date,
    primary key (product_id, valid_from)
);
create index product_by_category on crm.product (category) where valid_to is null;
comment on table crm.product is 'Products with the dates between which we knew them so; current: valid_to is null. Reference table.';
comment on column crm.product.product_id is 'crm.key64(shop, external_id).';
comment on column crm.product.valid_from is 'Business date from which this was known.';
comment on column crm.product.valid_to is 'Business date from which something newer was known; null = current.';
comment on column crm.product.shop is 'Shop.';
comment on column crm.product.external_id is 'The shop''s own product id.';
comment on column crm.product.name is 'Name.';
comment on column crm.product.category is 'Category path, levels joined by " > ".';
comment on column crm.product.list_price is 'List price; reporting currency.';
comment on column crm.product.unit_cost is 'Cost per piece; reporting currency. Without it, profit is unknown.';
comment on column crm.product.role is 'traffic, profit, edge or potential.';
comment on column crm.product.file_version_id is 'File version that told us.';
comment on column crm.product.confirmed_on is 'Latest business date whose file said the same again.';
