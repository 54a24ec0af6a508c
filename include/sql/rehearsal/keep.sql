-- Keep what a dry run found, for the page that follows it; of each campaign the latest fifty.
-- :campaign, :run_id, :business_date, :found  found is JSON
insert into crm.rehearsal (campaign, run_id, business_date, found)
values (:campaign, :run_id, :business_date, cast(:found as jsonb))
on conflict (campaign, run_id) do update set
    business_date = excluded.business_date,
    found = excluded.found,
    rehearsed_at = excluded.rehearsed_at;

delete from crm.rehearsal
where campaign = :campaign and run_id in (
    select r.run_id
    from crm.rehearsal as r
    where r.campaign = :campaign
    order by r.rehearsed_at desc
    offset 50
)
