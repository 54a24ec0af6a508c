-- The declarations that a dry run decides by, for its report.
create temporary table in_force (
    declaration_hash text primary key,
    campaign text not null,
    body text not null
) on commit drop
