-- Makes mart.customer_suppressions from crm.customer_suppression.
create or replace view mart.customer_suppressions as
select
    customer_id,
    channel,
    reason,
    occurred_at,
    known_on,
    source,
    nth,
    lifted_on,
    lifted_because
from crm.customer_suppression;

comment on view mart.customer_suppressions is 'Customers who said no to a channel or to everything (key: customer_id, channel, reason, source, nth). In force as of a date: known_on <= date and (lifted_on is null or lifted_on > date).';
comment on column mart.customer_suppressions.customer_id is 'Customer.';
comment on column mart.customer_suppressions.channel is 'email, sms or all.';
comment on column mart.customer_suppressions.reason is 'opt_out or complaint.';
comment on column mart.customer_suppressions.occurred_at is 'When it was said (an instant).';
comment on column mart.customer_suppressions.known_on is 'Business date from whose decisions on it is known.';
comment on column mart.customer_suppressions.source is 'Import, provider event, page, reply or desk.';
comment on column mart.customer_suppressions.nth is 'How often this source had said it.';
comment on column mart.customer_suppressions.lifted_on is 'Business date from whose decisions on it holds no more; null = it stands.';
comment on column mart.customer_suppressions.lifted_because is 'slip or renewed_consent; null = it stands.';
