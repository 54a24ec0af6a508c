-- Lists of customers that people upload, for a campaign to ask or to leave out.

create table crm.customer_list (
    list text not null check (list ~ '^[a-z][a-z0-9_]*$'),
    version integer not null check (version >= 1),
    shop text not null,
    valid_from date,
    valid_to date,
    uploaded_by text not null,
    uploaded_at timestamptz not null default clock_timestamp(),
    content_hash text not null,
    lines bigint not null,
    customers bigint not null,
    unknown bigint not null,
    primary key (list, version)
);
comment on table crm.customer_list is 'Uploaded lists of customers, by version: one row per list and version. A list is never changed; a new version takes its place from a business date on. Reference table.';
comment on column crm.customer_list.list is 'Name, as audiences name it.';
comment on column crm.customer_list.version is '1, 2, …';
comment on column crm.customer_list.shop is 'Shop whose customer ids the file holds.';
comment on column crm.customer_list.valid_from is 'First business date that is decided by this version; null = every one before the next version: a list that is new holds for dry runs of the past too.';
comment on column crm.customer_list.valid_to is 'First business date that is decided by the next version; null = it is the latest. Not after valid_from: never used.';
comment on column crm.customer_list.uploaded_by is 'Airflow''s name of the user.';
comment on column crm.customer_list.uploaded_at is 'When it was uploaded.';
comment on column crm.customer_list.content_hash is 'SHA-256 of the file''s bytes, in hex.';
comment on column crm.customer_list.lines is 'Rows of the file that hold an id.';
comment on column crm.customer_list.customers is 'Different ids: the rows of crm.customer_list_member.';
comment on column crm.customer_list.unknown is 'Those of them that were no customers of the shop when it was uploaded. They count from the day on which they become customers.';

create table crm.customer_list_member (
    customer_id bigint not null,
    list text not null,
    version integer not null,
    primary key (customer_id, list, version)
);
create index customer_list_member_by_list on crm.customer_list_member (list, version, customer_id);
comment on table crm.customer_list_member is 'Who is on an uploaded list: one row per customer, list and version. Distributed by customer_id.';
comment on column crm.customer_list_member.customer_id is 'crm.key64(shop, the id in the file).';
comment on column crm.customer_list_member.list is 'List.';
comment on column crm.customer_list_member.version is 'Version of the list.';

create view mart.customer_lists as
select
    list,
    version,
    shop,
    valid_from,
    valid_to,
    uploaded_at,
    lines,
    customers,
    unknown,
    valid_to is null as is_latest
from crm.customer_list;
comment on view mart.customer_lists is 'Uploaded lists of customers, their sizes and from when on they count: one row per list and version (key: list, version).';
comment on column mart.customer_lists.list is 'Name, as audiences name it.';
comment on column mart.customer_lists.version is '1, 2, …';
comment on column mart.customer_lists.shop is 'Shop whose customer ids the file holds.';
comment on column mart.customer_lists.valid_from is 'First business date that is decided by this version; null = every one before the next version.';
comment on column mart.customer_lists.valid_to is 'First business date that is decided by the next version; null = it is the latest.';
comment on column mart.customer_lists.uploaded_at is 'When it was uploaded.';
comment on column mart.customer_lists.lines is 'Rows of the file that hold an id.';
comment on column mart.customer_lists.customers is 'Different ids.';
comment on column mart.customer_lists.unknown is 'Those of them that were no customers of the shop when it was uploaded.';
comment on column mart.customer_lists.is_latest is 'No later version takes its place.';

grant select, insert, update, delete on crm.customer_list, crm.customer_list_member to crm_writer;
grant select on mart.customer_lists to crm_writer, crm_reader;
