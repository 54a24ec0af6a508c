-- Rows that were set aside with the customer in them: in the shop's own columns of customer ids, or, wherever in the row,
-- by an address or the full name. Of a row that could not be split into columns, the whole text is looked through.
-- Only the content goes; that a row was set aside, and why, is still counted.
-- :composed: ids that are made of several columns or taken out of one, as JSON [{columns, separator, within}]; within: the
-- id stands somewhere in the text. :shop, :external_id, :id_columns, :emails, :mobiles (digits without country code and sign), :names (arrays, lower case)
with told as (
    select
        r.file_version_id,
        r.row_number,
        cell.key as column_name,
        lower(trim(cell.value)) as value,
        regexp_replace(cell.value, '[^0-9]', '', 'g') as digits
    from crm.rejected_row as r
    inner join crm.file_version as v on r.file_version_id = v.file_version_id
    cross join lateral jsonb_each_text(r.raw) as cell
    where v.shop = :shop and r.raw <> '{}' and cell.value is not null
),

rules as (
    select
        i.columns,
        i.separator,
        i.within,
        row_number() over () as rule_number
    from jsonb_to_recordset(cast(:composed as jsonb)) as i (columns jsonb, separator text, within boolean)
),

composed as (
    select
        r.file_version_id,
        r.row_number,
        bool_or(i.within) as within,
        -- Each part as the reader reads it.
        lower(string_agg(
            regexp_replace(
                r.raw ->> c.name, '^[=''"[:space:]\u00a0\u202f]+|([.,]0)?["[:space:]\u00a0\u202f]*$', '', 'g'
            ),
            i.separator order by c.position
        )) as value
    from crm.rejected_row as r
    inner join crm.file_version as v on r.file_version_id = v.file_version_id
    cross join rules as i
    cross join lateral jsonb_array_elements_text(i.columns) with ordinality as c (name, position)
    where v.shop = :shop and r.raw <> '{}'
    group by r.file_version_id, r.row_number, i.rule_number
    having count(r.raw ->> c.name) = count(*)
),

-- The parts of the customer's own id, by each rule of several columns, as patterns of words.
parts as (
    select
        i.rule_number,
        '(^|[^[:alnum:]])' || regexp_replace(lower(part), '([^[:alnum:]])', '\\\1', 'g') || '($|[^[:alnum:]])' as word
    from rules as i
    cross join lateral unnest(string_to_array(:external_id, i.separator)) as part
    where jsonb_array_length(i.columns) > 1 and not i.within and strpos(:external_id, i.separator) > 0 and part <> ''
),

theirs as (
    select distinct
        t.file_version_id,
        t.row_number
    from told as t
    where
        (
            t.column_name = any(:id_columns)
            -- As the reader reads an id: without a spreadsheet's ="…" or apostrophe, and 17850.0 as 17850.
            and lower(:external_id) in (
                t.value,
                regexp_replace(
                    t.value, '^[=''"[:space:]\u00a0\u202f]+|([.,]0)?["[:space:]\u00a0\u202f]*$', '', 'g'
                )
            )
        )
        or (
            t.column_name = 'record'
            and t.value ~ (
                '(^|[^[:alnum:]])' || regexp_replace(lower(:external_id), '([^[:alnum:]])', '\\\1', 'g') || '($|[^[:alnum:]])'
            )
        )
        or exists (select from unnest(cast(:emails as text[])) as e (email) where strpos(t.value, e.email) > 0)
        or exists (select from unnest(cast(:mobiles as text[])) as m (mobile) where strpos(t.digits, m.mobile) > 0)
        or exists (
            select from unnest(cast(:names as text[])) as n (name)
            where t.value = n.name or (t.column_name = 'record' and strpos(t.value, n.name) > 0)
        )
        or (
            t.column_name = 'record'
            and exists (select from parts as p group by p.rule_number having bool_and(t.value ~ p.word))
        )
    union
    select
        c.file_version_id,
        c.row_number
    from composed as c
    where
        c.value = lower(:external_id)
        or (
            c.within
            and c.value ~ (
                '(^|[^[:alnum:]])' || regexp_replace(lower(:external_id), '([^[:alnum:]])', '\\\1', 'g') || '($|[^[:alnum:]])'
            )
        )
)

update crm.rejected_row as r
set raw = '{}'
from theirs as t
where r.file_version_id = t.file_version_id and r.row_number = t.row_number
