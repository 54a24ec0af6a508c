-- Keep the full text of a declaration that is in force.
-- Parameters: declaration_hash, campaign, kind, body (free text: a value bound inside a comment could break out of it)
-- and business_date
insert into crm.declaration (declaration_hash, campaign, kind, body, first_used_on)
values (:declaration_hash, :campaign, :kind, :body, :business_date)
on conflict (declaration_hash) do nothing
