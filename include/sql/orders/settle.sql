-- Whose word counts, and from when to when: one rule for orders, refunds, profiles, consents and products.
-- Newer is what a file of a later business date says; within one date, the later arrival (docs/decisions.md, 3).
--   unchanged   the next older version says the same and was known already: it is confirmed, nothing is stored
--   superseded  a newer file had spoken (or confirmed) before this one arrived; stored only if it was ever the latest word
--   published   everything else
-- A version is known until the earliest date on which anything newer was known, so dates may arrive in any order.
analyze staging.version;

with placed as (
    select
        v.*,
        lag(v.content_hash) over newest as previous_hash,
        lag(v.customer_id) over newest as previous_customer_id,
        lag(v.known_on) over newest as previous_known_on,
        lag(v.known_until) over newest as previous_known_until,
        max(v.confirmed_on) over (newest rows between unbounded preceding and 1 preceding) as confirmed_before,
        min(v.file_version_id) over (newest rows between 1 following and unbounded following) as earliest_newer
    from staging.version as v
    window newest as (partition by v.kind, v.key order by v.business_date, v.file_version_id)
),

judged as (
    select
        p.*,
        case
            when not p.is_new then 'stored'
            when
                p.content_hash = p.previous_hash
                and coalesce(p.customer_id = p.previous_customer_id, p.customer_id is null)
                and p.previous_known_on <= p.known_on
                and (p.previous_known_until is null or p.previous_known_until > p.known_on) then 'unchanged'
            when p.confirmed_before > p.business_date then 'confirmed otherwise'
            when p.earliest_newer < p.file_version_id then 'late'
            else 'published'
        end as verdict
    from placed as p
),

bounded as (
    select
        j.*,
        -- A version that something ended without a successor (a row gone from its file) stays ended.
        least(
            j.known_until,
            min(j.known_on) filter (where j.verdict in ('stored', 'late', 'published'))
                over (newest rows between 1 following and unbounded following)
        ) as new_until,
        count(*) filter (where j.verdict in ('stored', 'late', 'published')) over newest as run
    from judged as j
    window newest as (partition by j.kind, j.key order by j.business_date, j.file_version_id)
),

confirmed as (
    select
        b.*,
        b.new_until is null or b.new_until > b.known_on as visible,
        max(b.confirmed_on) filter (where b.verdict in ('stored', 'late', 'published', 'unchanged'))
            over (partition by b.kind, b.key, b.run) as new_confirmed_on
    from bounded as b
)

insert into staging.settled (
    kind, key, file_version_id, row_number, customer_id, changed_on, known_on, is_new, outcome, stored, known_until,
    confirmed_on, moved
)
select
    kind,
    key,
    file_version_id,
    row_number,
    customer_id,
    changed_on,
    known_on,
    is_new,
    case
        when not is_new then null
        when verdict = 'unchanged' then 'unchanged'
        when verdict = 'published' and visible then 'published'
        else 'superseded'
    end as outcome,
    not is_new or (verdict in ('late', 'published') and visible) as stored,
    new_until,
    nullif(new_confirmed_on, business_date) as confirmed_on,
    not is_new and coalesce(new_until, 'infinity') <> coalesce(known_until, 'infinity') as moved
from confirmed
where
    is_new
    or coalesce(new_until, 'infinity') <> coalesce(known_until, 'infinity')
    or new_confirmed_on <> confirmed_on;

analyze staging.settled;
