-- File versions that the indicators have not taken in, as far as they were known on the date of this refresh; and those that
-- they may have put an end to: what a newer version of a file lacks can be over without a successor. Customer files, too:
-- they say who places fake orders.
-- :as_of  business date of the refresh
with arrived as (
    select
        f.file_version_id,
        f.shop,
        f.kind,
        f.source_file
    from crm.file_version as f
    left join crm.collected_file as c on f.file_version_id = c.file_version_id
    where
        f.kind in ('orders', 'customers')
        and f.status = 'published'
        and f.known_on <= :as_of
        -- What came in since the last collection waits for the next one: its conversions are not there yet.
        and (f.kind = 'customers' or c.file_version_id is not null)
        and not exists (select from crm.indicated_file as i where i.file_version_id = f.file_version_id)
)

select
    a.file_version_id,
    true as is_new
from arrived as a
union all
select
    f.file_version_id,
    false as is_new
from crm.file_version as f
where
    f.status = 'published'
    and exists (
        select
        from arrived as a
        where
            f.shop = a.shop and f.kind = a.kind and f.source_file = a.source_file
            and f.file_version_id < a.file_version_id
    )
    and not exists (select from arrived as a where f.file_version_id = a.file_version_id)
order by file_version_id
