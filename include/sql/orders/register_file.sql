-- A new file version, and from when on it counts as known (docs/decisions.md):
--   told by hand        -> that date;
--   changed content     -> the latest published business date: nobody knew it before. So is a second file of a date
--                          that was published, whatever its name (a file of a range: the orders of it that were known);
--   first of its date   -> its date, unless a later date was decided already; then the latest published one.
-- crm.known_on(date, floor_on, floor_before) is this rule for any date of the file; it is never before the date itself.
-- :shop, :kind, :source_file, :content_hash, :mapping_hash, :positional, :from_date, :business_date, :by_row, :known_on, :time_zone
with earlier as (
    select exists(
        select from crm.file_version
        where
            shop = :shop and kind = :kind and status = 'published'
            and (
                source_file = :source_file
                or (not :by_row and from_date is null and business_date = cast(:business_date as date))
            )
    ) as found
),

floors as (
    select
        e.found,
        coalesce(cast(:known_on as date), (select max(d.business_date) from crm.delivery as d)) as floor_on,
        case
            when cast(:known_on as date) is not null or e.found then date 'infinity'
            else (select max(p.business_date) from crm.plan as p)
        end as floor_before
    from earlier as e
),

registered as (
    insert into crm.file_version (
        shop, kind, source_file, content_hash, mapping_hash, positional, from_date, business_date, known_on, status
    )
    select
        :shop,
        :kind,
        :source_file,
        :content_hash,
        :mapping_hash,
        :positional,
        cast(:from_date as date) as from_date,
        cast(:business_date as date) as business_date,
        crm.known_on(cast(:business_date as date), f.floor_on, f.floor_before) as known_on,
        'staged' as status
    from floors as f
    returning file_version_id
)

insert into staging.file (
    file_version_id, shop, kind, source_file, by_row, has_earlier, from_date, business_date, ends_at, floor_on, floor_before
)
select
    r.file_version_id,
    :shop,
    :kind,
    :source_file,
    :by_row,
    f.found,
    cast(:from_date as date) as from_date,
    cast(:business_date as date) as business_date,
    (cast(:business_date as date) + 1)::timestamp at time zone :time_zone,
    f.floor_on,
    f.floor_before
from registered as r
cross join floors as f
returning file_version_id;
