-- Makes mart.customer_lists from crm.customer_list.
create or replace view mart.customer_lists as
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
