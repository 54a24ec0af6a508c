-- What no evaluation has taken in yet, as far as it was known on the date of this one.
-- :as_of  business date of the evaluation
select
    coalesce((
        select array_agg(c.file_version_id)
        from crm.collected_file as c
        inner join crm.file_version as f on c.file_version_id = f.file_version_id
        where c.evaluated_as_of is null and f.known_on <= :as_of
    ), '{}') as file_version_ids,
    coalesce((
        select array_agg(p.send_date)
        from crm.collected_plan as c
        inner join crm.plan as p on c.business_date = p.business_date
        where c.evaluated_as_of is null and p.business_date <= :as_of
    ), '{}') as send_dates,
    (select max(e.as_of) from crm.evaluation as e) as last_as_of
