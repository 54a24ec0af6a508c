-- What waits for a person now: approvals, until their send date is over in every time zone (a question whose run failed is
-- never closed; one that was put again waits no more), held dates, stopped sends, and files of the last days that failed and were not mended since.
-- :as_of  business date of the report
-- :days   business dates of failed files, :as_of the last of them
select
    'approval' as job,
    a.campaign as about,
    a.business_date as on_date
from crm.approval as a
where
    a.outcome is null and a.business_date >= cast(:as_of as date) - 1
    and not exists (
        select 1
        from crm.approval as later
        where a.campaign = later.campaign and a.business_date = later.business_date and a.asked_at < later.asked_at
    )
union all
select
    'hold' as job,
    h.campaign as about,
    h.business_date as on_date
from crm.hold as h
where h.ended_at is null
union all
select
    'stopped' as job,
    s.campaign as about,
    s.send_date as on_date
from crm.sending_stop as s
union all
select distinct
    'file' as job,
    f.source_file as about,
    f.business_date as on_date
from crm.file_version as f
where
    f.status = 'failed'
    and f.business_date > cast(:as_of as date) - cast(:days as integer)
    and not exists (
        select 1
        from crm.file_version as later
        where
            later.shop = f.shop
            and later.source_file = f.source_file
            and later.status = 'published'
            and later.file_version_id > f.file_version_id
    )
order by on_date asc, job asc, about asc
