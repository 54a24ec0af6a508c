-- Keep the full text of a declaration that is in force.
-- Parameters: declaration_hash, campaign, kind, body, calendar (null = takes nothing from the calendars) and business_date
insert into crm.declaration (declaration_hash, campaign, kind, body, calendar, first_used_on)
values (:declaration_hash, :campaign, :kind, :body, cast(:calendar as jsonb), :business_date)
on conflict (declaration_hash) do nothing
