-- Keep that a business date is held, and why; or (with an outcome) that it ended without sending. How it ended stands.
-- :business_date, :campaign ('' = all that are due), :mode, :now (the run's clock), :reasons (json), :outcome
insert into crm.hold as h (business_date, campaign, mode, since, reasons, ended_at, outcome)
values (
    :business_date, :campaign, :mode, :now, cast(:reasons as jsonb),
    case when cast(:outcome as text) is null then null else cast(:now as timestamptz) end, :outcome
)
on conflict (business_date, campaign) do update set
    reasons = excluded.reasons,
    ended_at = excluded.ended_at,
    outcome = excluded.outcome
where h.ended_at is null
