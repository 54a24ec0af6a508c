-- Every table, view and column of mart and crm with its COMMENT, for the data dictionary. No parameters.
with keys as (
    select
        indrelid,
        unnest(indkey) as attnum
    from pg_index
    where indisprimary
)

select
    namespace.nspname as schema,
    obj_description(namespace.oid, 'pg_namespace') as schema_comment,
    relation.relname as relation,
    case relation.relkind when 'v' then 'view' else 'table' end as kind,
    obj_description(relation.oid, 'pg_class') as relation_comment,
    attribute.attname as name,
    format_type(attribute.atttypid, attribute.atttypmod) as type,
    keys.attnum is not null as in_key,
    attribute.attnotnull as required,
    col_description(relation.oid, attribute.attnum) as comment
from pg_class as relation
inner join pg_namespace as namespace on relation.relnamespace = namespace.oid
inner join pg_attribute as attribute on relation.oid = attribute.attrelid
left join keys on relation.oid = keys.indrelid and attribute.attnum = keys.attnum
where
    namespace.nspname in ('mart', 'crm')
    and relation.relkind in ('r', 'p', 'v', 'm')
    and attribute.attnum > 0 and not attribute.attisdropped
order by array_position(array['mart', 'crm'], namespace.nspname), relation.relname, attribute.attnum
