-- A late run of an old date keeps states as of the newest date that anything is known of.
-- :business_date  the date whose run asks
select greatest(
    cast(:business_date as date),
    (select max(business_date) from crm.delivery),
    (select max(as_of) from crm.refresh)
) as as_of;
