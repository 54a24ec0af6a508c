-- What this evaluation took in.
-- :as_of, :results, :new_versions  of the evaluation
-- :file_version_ids, :send_dates   as evaluation/new_facts gave them
update crm.collected_file
set evaluated_as_of = :as_of
where file_version_id = any(cast(:file_version_ids as bigint[])) and evaluated_as_of is null;

update crm.collected_plan
set evaluated_as_of = :as_of
where
    evaluated_as_of is null
    and business_date in (select p.business_date from crm.plan as p where p.send_date = any(cast(:send_dates as date[])));

insert into crm.evaluation (as_of, results, new_versions)
values (:as_of, :results, :new_versions)
on conflict (as_of) do nothing
