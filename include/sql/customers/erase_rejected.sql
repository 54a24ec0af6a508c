-- Rows that were set aside with the customer in them: in the shop's own columns of customer ids, or, wherever in the row,
-- by an address or the full name. Of a row that could not be split into columns, the whole text is looked through.
-- Only the content goes; that a row was set aside, and why, is still counted.
-- :shop, :external_id, :id_columns, :emails, :mobiles (digits without country code and sign), :names (arrays, lower case)
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
)

update crm.rejected_row as r
set raw = '{}'
from theirs as t
where r.file_version_id = t.file_version_id and r.row_number = t.row_number
