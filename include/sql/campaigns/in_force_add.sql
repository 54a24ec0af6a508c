-- One of the declarations that a dry run decides by.
-- Parameters: declaration_hash, campaign, body
insert into in_force (declaration_hash, campaign, body)
values (:declaration_hash, :campaign, :body)
