-- The rows that were decided and enqueued, copied as they are into empty tables with the same keys and indexes.
create table crm.decision_copy (like crm.decision including all);
create table crm.contact_claim_copy (like crm.contact_claim including all);
create table crm.coupon_copy (like crm.coupon including all);
create table crm.coupon_code_copy (like crm.coupon_code including all);
create table crm.message_copy (like crm.message including all);
create table crm.message_batch_copy (like crm.message_batch including all);
