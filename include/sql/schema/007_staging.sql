-- The one delivery that is being read now. Unlogged: a crash only means reading the files again.
create unlogged table staging.delivery (
    only_row boolean primary key default true check (only_row),
    delivery_id uuid not null
);
comment on table staging.delivery is 'Whose delivery is staged: publishing refuses any other. One row.';
comment on column staging.delivery.only_row is 'Always true.';
comment on column staging.delivery.delivery_id is 'Delivery.';

create unlogged table staging.file (
    file_version_id bigint primary key,
    shop text not null,
    kind text not null,
    source_file text not null,
    by_row boolean not null,
    has_earlier boolean not null,
    from_date date,
    business_date date not null,
    ends_at timestamptz not null,
    floor_on date,
    floor_before date,
    declared_empty boolean not null default false,
    lines_read bigint not null default 0,
    lines_rejected bigint not null default 0
);
comment on table staging.file is 'Files of the staged delivery whose content is new.';
comment on column staging.file.by_row is 'The file has no date of its own: rows after business_date (or before from_date) are set aside.';
comment on column staging.file.has_earlier is 'An earlier version of the file was published.';
comment on column staging.file.from_date is 'First date of a range that the file serves: its rows belong to the date of their order; null = all belong to business_date.';
comment on column staging.file.ends_at is 'End of the business date, in the business''s time zone.';
comment on column staging.file.floor_on is 'See crm.known_on.';
comment on column staging.file.floor_before is 'See crm.known_on.';

-- As crm.orders.canonical.COLUMNS has them, kind by kind.
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

create unlogged table staging.customer (
    file_version_id bigint not null,
    row_number bigint not null,
    customer text,
    name text,
    email text,
    mobile text,
    country text,
    region text,
    time_zone text,
    locale text,
    birthday date,
    birthday_calendar text,
    birthday_has_year boolean,
    age smallint,
    sex text,
    gift_buyer boolean,
    fake_orders boolean,
    preferred_channel text,
    tags text,
    invented boolean,
    email_masked boolean,
    mobile_masked boolean,
    consent_email boolean,
    consent_sms boolean,
    consent_source text,
    consent_at timestamptz,
    reject_reason text,
    reject_column text,
    raw text
);
comment on table staging.customer is 'Customers of the staged delivery in canonical columns, rejected rows included.';

create unlogged table staging.product (
    file_version_id bigint not null,
    row_number bigint not null,
    product text,
    name text,
    category text,
    list_price numeric(18, 4),
    unit_cost numeric(18, 4),
    role text,
    reject_reason text,
    reject_column text,
    raw text
);
comment on table staging.product is 'Products of the staged delivery in canonical columns, rejected rows included.';

create unlogged table staging.suppression (
    file_version_id bigint not null,
    row_number bigint not null,
    channel text,
    address text,
    reason text,
    occurred_at timestamptz,
    source text,
    reject_reason text,
    reject_column text,
    raw text
);
comment on table staging.suppression is 'Past opt-outs, complaints and bounces of the staged delivery, rejected rows included.';

create unlogged table staging.contact (
    file_version_id bigint not null,
    row_number bigint not null,
    channel text,
    address text,
    sent_at timestamptz,
    campaign text,
    reject_reason text,
    reject_column text,
    raw text
);
comment on table staging.contact is 'Past contacts of the staged delivery, rejected rows included.';

-- Between staging and the facts: what the delivery says, and what becomes of it.
create unlogged table staging.orders (
    file_version_id bigint not null,
    customer_id bigint not null,
    order_key bigint not null,
    shop text not null,
    order_id text not null,
    status text not null,
    ordered_at timestamptz not null,
    paid_at timestamptz,
    ordered_on date not null,
    business_date date not null,
    known_on date not null,
    line_count integer not null,
    quantity numeric(18, 4) not null,
    amount numeric(18, 4) not null,
    discount numeric(18, 4) not null,
    shipping_fee numeric(18, 4) not null,
    coupon_codes text[],
    entry_source text,
    utm_campaign text,
    content_hash bigint not null,
    external_customer text,
    outcome text not null default 'published',
    stored boolean not null default true,
    known_until date,
    confirmed_on date
);
comment on table staging.orders is 'Orders of the staged delivery, one per file version.';
comment on column staging.orders.outcome is 'published, unchanged or superseded.';
comment on column staging.orders.stored is 'It becomes a version: what it says was known at some time.';

create unlogged table staging.refund (
    file_version_id bigint not null,
    row_number bigint not null,
    own_row boolean not null,
    customer_id bigint not null,
    refund_key bigint not null,
    part integer not null,
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
    external_customer text,
    outcome text not null default 'published',
    stored boolean not null default true,
    known_until date,
    confirmed_on date
);
comment on table staging.refund is 'Refunds of the staged delivery, one row per part.';
comment on column staging.refund.own_row is 'The row is a refund alone, not an order line too.';

create unlogged table staging.version (
    kind text not null,
    key bigint not null,
    file_version_id bigint not null,
    row_number bigint,
    customer_id bigint,
    content_hash bigint not null,
    business_date date not null,
    confirmed_on date not null,
    known_on date not null,
    known_until date,
    changed_on date,
    is_new boolean not null
);
comment on table staging.version is 'Everything known or delivered of the orders, refunds, profiles, consents and products of which there is more than one word.';

create unlogged table staging.settled (
    kind text not null,
    key bigint not null,
    file_version_id bigint not null,
    row_number bigint,
    customer_id bigint,
    changed_on date,
    known_on date not null,
    is_new boolean not null,
    outcome text,
    stored boolean not null,
    known_until date,
    confirmed_on date,
    moved boolean not null
);
comment on table staging.settled is 'What staging/version comes to: new versions with their outcome, and stored ones that something newer ended or confirmed.';
comment on column staging.settled.moved is 'Its known_until is not what it was.';

-- What Great Expectations looks at: every staged row that is not set aside, with what its file says of it.
create view staging.checked_file as
select
    source_file,
    kind,
    lines_read,
    lines_rejected,
    lines_read > lines_rejected or declared_empty or kind <> 'orders' as has_rows,
    lines_rejected::numeric / greatest(lines_read, 1) as rejected_share
from staging.file;
comment on view staging.checked_file is 'Files as include/expectations/files.yaml checks them.';

create view staging.checked_order_line as
select
    f.source_file,
    l.customer,
    l.quantity,
    l.amount,
    l.currency,
    l.refund_amount,
    case when l.amount is not null then coalesce(l.status, '') end as status,
    case
        when l.amount is not null and l.ordered_at is not null then 'line'
        when l.amount is null and l.refund_amount is not null then 'refund'
        else 'nothing'
    end as row_is,
    f.by_row or coalesce(l.ordered_at, l.refunded_at) < f.ends_at as by_end_of_business_date,
    coalesce(l.ordered_at, l.refunded_at) >= f.ends_at - interval '1 day' as on_business_date
from staging.order_line as l
inner join staging.file as f on l.file_version_id = f.file_version_id
where l.reject_reason is null;
comment on view staging.checked_order_line is 'Order lines as include/expectations/orders.yaml checks them.';

create view staging.checked_customer as
select
    f.source_file,
    c.customer,
    c.email,
    c.mobile,
    c.birthday,
    c.birthday_has_year,
    c.consent_email,
    c.consent_sms,
    c.birthday < f.business_date as born_before
from staging.customer as c
inner join staging.file as f on c.file_version_id = f.file_version_id
where c.reject_reason is null;
comment on view staging.checked_customer is 'Customers as include/expectations/customers.yaml checks them.';

create view staging.checked_product as
select
    f.source_file,
    p.product,
    p.name,
    p.category,
    p.list_price,
    p.unit_cost,
    p.role
from staging.product as p
inner join staging.file as f on p.file_version_id = f.file_version_id
where p.reject_reason is null;
comment on view staging.checked_product is 'Products as include/expectations/products.yaml checks them.';

create view staging.checked_suppression as
select
    f.source_file,
    s.channel,
    s.address,
    s.reason
from staging.suppression as s
inner join staging.file as f on s.file_version_id = f.file_version_id
where s.reject_reason is null;
comment on view staging.checked_suppression is 'Suppressions as include/expectations/suppressions.yaml checks them.';

create view staging.checked_contact as
select
    f.source_file,
    c.channel,
    c.address,
    c.sent_at
from staging.contact as c
inner join staging.file as f on c.file_version_id = f.file_version_id
where c.reject_reason is null;
comment on view staging.checked_contact is 'Contacts as include/expectations/contacts.yaml checks them.';
