-- Does the warehouse hold anything, and of which business?
select
    (select count(*) from crm.file_version) as files,
    (select b.name from crm.business as b) as business;
