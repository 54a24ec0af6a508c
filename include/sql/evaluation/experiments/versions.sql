-- The next version of every campaign in the staged file, where the one in force is of another file or mapping. What a
-- campaign of this installation is called must not be taken by an imported one: their results would mix.
-- :mapping, :mapping_body, :mapping_hash, :file_name, :content_hash, :assignment  columns of crm.imported_campaign
-- :has_outcomes     the file tells outcomes; else the warehouse's orders do, in :order_windows
-- :time_zone        the business's, in which a date ends
create temporary table new_version on commit drop as
with staged as (
    select
        p.campaign,
        coalesce(p.occasion, '') as occasion,
        count(*) as customers,
        min(p.row_number) as first_row,
        min(cast(p.starts_at as timestamptz)) as first_start_at,
        max(cast(p.starts_at as timestamptz)) as last_start_at,
        max(cast(p.complete_until as timestamptz)) as complete_until
    from staged_person as p
    group by p.campaign, coalesce(p.occasion, '')
),

windows as (
    select
        s.campaign,
        s.occasion,
        array_agg(cast(o.window_days as integer) order by o.number) as days,
        max(cast(o.window_days as integer)) as longest
    from staged as s
    inner join staged_outcome as o on s.first_row = o.row_number
    group by s.campaign, s.occasion
),

in_force as (
    select distinct on (c.campaign, c.occasion) c.*
    from crm.imported_campaign as c
    order by c.campaign asc, c.occasion asc, c.version desc
)

select
    s.campaign,
    s.occasion,
    coalesce(f.version, 0) + 1 as version,
    cast(:mapping as text) as mapping,
    cast(:mapping_body as text) as mapping_body,
    cast(:mapping_hash as text) as mapping_hash,
    cast(:file_name as text) as file_name,
    cast(:content_hash as text) as content_hash,
    cast(:assignment as text) as assignment,
    s.customers,
    coalesce(w.days, cast(:order_windows as integer[])) as windows_days,
    s.first_start_at,
    s.last_start_at,
    -- Where the file does not say until when it is complete, its longest window was over for everybody.
    case
        when :has_outcomes
            then cast(
                coalesce(s.complete_until, s.last_start_at + make_interval(hours => 24 * w.longest))
                at time zone cast(:time_zone as text) as date
            )
    end as complete_until
from staged as s
left join windows as w on s.campaign = w.campaign and s.occasion = w.occasion
left join in_force as f on s.campaign = f.campaign and s.occasion = f.occasion
where
    f.campaign is null
    or (f.content_hash, f.mapping_hash) is distinct from (cast(:content_hash as text), cast(:mapping_hash as text));

analyze new_version;

insert into crm.imported_campaign (
    campaign, occasion, version, mapping, mapping_body, mapping_hash, file_name, content_hash, assignment, customers,
    windows_days, first_start_at, last_start_at, complete_until
)
select
    campaign,
    occasion,
    version,
    mapping,
    mapping_body,
    mapping_hash,
    file_name,
    content_hash,
    assignment,
    customers,
    windows_days,
    first_start_at,
    last_start_at,
    complete_until
from new_version
returning campaign, occasion
