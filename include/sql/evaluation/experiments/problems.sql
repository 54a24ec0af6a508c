-- What is wrong with the staged rows, by key of the mapping and kind of problem: the first row and how many there are. No
-- value of the file comes out. Bad rows would be left out of one arm rather than the other, so one of them refuses the file.
-- :arms           values of the arm column that the mapping knows, lower case
-- :measures       measures that the mapping names
-- :has_spent      spent_before is mapped
-- :blank_is_zero  a blank number is nothing, not a mistake
with person_check as (
    select
        p.row_number,
        c.key,
        c.problem
    from staged_person as p
    cross join
        lateral (
            values
            ('campaign', case when p.campaign is null then 'blank' end),
            ('date', case when p.starts_at is null then 'blank' when p.starts_at = 'unreadable' then 'no_date' end),
            ('as_of', case when p.complete_until = 'unreadable' then 'no_date' end),
            ('customer', case when p.person is null then 'blank' end),
            ('arm.column', case when p.arm is null then 'blank' when lower(p.arm) <> all(cast(:arms as text[])) then 'unknown_arm' end),
            (
                'spent_before',
                case
                    when p.spent_before is null then case when :has_spent and not :blank_is_zero then 'blank' end
                    when p.spent_before !~* '^-?\d{1,13}(\.\d*)?(e-\d{1,2})?$' then 'no_number'
                end
            )
        ) as c (key, problem)
    where c.problem is not null
),

step_check as (
    select
        p.row_number,
        s.key,
        'no_truth' as problem
    from staged_person as p
    cross join
        lateral (
            values ('accepted', p.accepted), ('delivered', p.delivered), ('opened', p.opened), ('clicked', p.clicked)
        ) as s (key, value)
    where lower(s.value) not in ('1', '0', 'true', 'false', 'yes', 'no', 'y', 'n', 't', 'f')
),

twice as (
    select
        n.row_number,
        'customer' as key,
        'twice' as problem
    from (
        select
            p.row_number,
            row_number() over (partition by p.campaign, p.occasion, p.person order by p.row_number) as nth
        from staged_person as p
        where p.person is not null
    ) as n
    where n.nth > 1
),

measure_check as (
    select
        o.row_number,
        'outcomes.' || o.number || '.' || m.measure as key,
        case
            when m.value is null then case when not :blank_is_zero then 'blank' end
            when m.value ~ '^-' then 'negative'
            when m.measure in ('orders', 'redeemed') and m.value !~ '^\d{1,9}(\.0*)?$' then 'no_count'
            when m.measure = 'converted' and lower(m.value) in ('true', 'false', 'yes', 'no', 'y', 'n', 't', 'f') then null
            when m.value !~* '^\d{1,13}(\.\d*)?(e-\d{1,2})?$' then 'no_number'
        end as problem
    from staged_outcome as o
    cross join
        lateral (
            values
            ('converted', o.converted), ('orders', o.orders), ('revenue', o.revenue), ('refunds', o.refunds), ('redeemed', o.redeemed)
        ) as m (measure, value)
    where m.measure = any(cast(:measures as text[]))
),

window_check as (
    select
        o.row_number,
        'outcomes.' || o.number || '.window_days' as key,
        case when o.window_days is null then 'blank' else 'no_window' end as problem
    from staged_outcome as o
    where o.window_days is null or o.window_days !~ '^(36[0-6]|3[0-5]\d|[12]\d\d|[1-9]\d?)$'
),

-- One campaign has one length: what is measured must not depend on the person.
differing_window as (
    select
        min(o.row_number) as row_number,
        'outcomes.' || o.number || '.window_days' as key,
        'window_differs' as problem
    from staged_outcome as o
    inner join staged_person as p on o.row_number = p.row_number
    group by p.campaign, p.occasion, o.number
    having min(o.window_days) <> max(o.window_days)
),

repeated_window as (
    select
        o.row_number,
        'outcomes.' || o.number || '.window_days' as key,
        'window_twice' as problem
    from (
        select
            s.row_number,
            s.number,
            row_number() over (partition by s.row_number, s.window_days order by s.number) as nth
        from staged_outcome as s
        where s.window_days is not null
    ) as o
    where o.nth > 1
),

differing_end as (
    select
        min(p.row_number) as row_number,
        'as_of' as key,
        'end_differs' as problem
    from staged_person as p
    group by p.campaign, p.occasion
    having
        min(p.complete_until) <> max(p.complete_until)
        or (count(p.complete_until) > 0 and count(p.complete_until) < count(*))
),

found as (
    select * from person_check
    union all
    select * from step_check
    union all
    select * from twice
    union all
    select * from measure_check
    union all
    select * from window_check
    union all
    select * from differing_window
    union all
    select * from repeated_window
    union all
    select * from differing_end
)

select
    f.key,
    f.problem,
    min(f.row_number) as row_number,
    count(*) as problems
from found as f
where f.problem is not null
group by f.key, f.problem
order by min(f.row_number), f.key, f.problem
limit 20
