-- Beyond one machine: says to Citus (distributed PostgreSQL, the same SQL) where every table of crm lives. Run once, by
-- hand, after the migrations: psql -f include/sql/citus/distribute.sql. Running it again changes nothing. No parameters.
-- Why: docs/decisions.md, no. 11. tests/test_citus_keys.py reads this file, so every table of crm is named in it.
create extension if not exists citus;

-- Small tables that large ones are joined with: a copy on every worker.
select create_reference_table(wanted.name)
from
    unnest(array[
        'crm.shop',
        'crm.product',
        'crm.suppression',
        'crm.segment',
        'crm.repurchase_cycle',
        'crm.declaration',
        'crm.customer_list'
    ]) as wanted (name)
where not exists (select from pg_dist_partition as placed where placed.logicalrelid = cast(wanted.name as regclass));

-- Large tables: rows of one customer live on one worker, so that joins on customer_id never cross machines. The first
-- founds the group.
select create_distributed_table('crm.customer', 'customer_id', colocate_with => 'none')
where not exists (
    select from pg_dist_partition as placed
    where placed.logicalrelid = cast('crm.customer' as regclass)
);

select create_distributed_table(wanted.name, 'customer_id', colocate_with => 'crm.customer')
from
    unnest(array[
        'crm.customer_profile',
        'crm.consent',
        'crm.refresh_queue',
        'crm.customer_state',
        'crm.customer_history',
        'crm.repurchase_rhythm',
        'crm.orders',
        'crm.order_line',
        'crm.refund',
        'crm.decision',
        'crm.message',
        'crm.assignment',
        'crm.imported_assignment',
        'crm.imported_outcome',
        'crm.conversion',
        'crm.coupon',
        'crm.coupon_use',
        'crm.response',
        'crm.customer_list_member',
        'crm.customer_suppression'
    ]) as wanted (name)
where not exists (select from pg_dist_partition as placed where placed.logicalrelid = cast(wanted.name as regclass));

-- One contact per address and day, one owner per code: uniqueness across customers, the two exemptions from the
-- customer_id rule.
select create_distributed_table('crm.contact_claim', 'contact_key', colocate_with => 'none')
where not exists (
    select from pg_dist_partition as placed
    where placed.logicalrelid = cast('crm.contact_claim' as regclass)
);

select create_distributed_table('crm.coupon_code', 'code', colocate_with => 'none')
where not exists (
    select from pg_dist_partition as placed
    where placed.logicalrelid = cast('crm.coupon_code' as regclass)
);

-- Everything else stays on the coordinator, as small as it is: batches are claimed there with skip locked, results are
-- appended, files are counted. Nothing is to be run for these:
-- local: crm.business, crm.file_version, crm.rejected_row, crm.delivery, crm.refresh, crm.rfm_breakpoints
-- local: crm.epoch, crm.plan, crm.detectable_effect, crm.hold, crm.waiver, crm.approval, crm.message_batch
-- local: crm.sending_pace, crm.sending_stop, crm.message_failure, crm.words_version, crm.sending_words
-- local: crm.collected_file, crm.collected_plan, crm.collected_wave, crm.evaluation, crm.result, crm.variant_result
-- local: crm.indicator_refresh, crm.indicated_file, crm.shop_indicator, crm.cohort
-- local: crm.campaign_step, crm.campaign_basket, crm.campaign_entry
-- local: crm.imported_campaign
-- local: crm.response_inbox, crm.response_position, crm.reply, crm.asked_attempt, crm.unknown_release, crm.cancelled_send, crm.costed_file
-- local: crm.report_mail, crm.alert, crm.housekeeping
-- local: crm.decision_count, crm.standing_size, crm.standing_move, crm.revenue_spread
-- local: crm.decision_group, crm.rehearsal
-- local: crm.erasure, crm.erased_contact
