-- Let the campaigns of later dates run without a business date. The first waiver of a date stands.
-- :business_date, :operator, :reason, :now
insert into crm.waiver (business_date, operator, reason, waived_at)
values (:business_date, :operator, :reason, :now)
on conflict (business_date) do nothing
