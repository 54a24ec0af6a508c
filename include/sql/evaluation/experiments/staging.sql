-- Tables into which the rows of an experiment's file are copied as they are: texts, judged before anything is kept. They
-- vanish with the transaction. One row per row of the file, and one per row and window. No parameters.
create temporary table staged_person (
    row_number bigint not null,
    campaign text,
    occasion text,
    starts_at text,
    complete_until text,
    channel text,
    arm text,
    person text,
    segment text,
    tier text,
    spent_before text,
    accepted text,
    delivered text,
    opened text,
    clicked text
) on commit drop;

create temporary table staged_outcome (
    row_number bigint not null,
    number smallint not null,
    window_days text,
    converted text,
    orders text,
    revenue text,
    refunds text,
    redeemed text
) on commit drop;
