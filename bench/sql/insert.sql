-- The plain insert of as many rows.
insert into crm.decision_copy select * from crm.decision;
insert into crm.contact_claim_copy select * from crm.contact_claim;
insert into crm.coupon_copy select * from crm.coupon;
insert into crm.coupon_code_copy select * from crm.coupon_code;
insert into crm.message_batch_copy overriding system value select * from crm.message_batch;
insert into crm.message_copy select * from crm.message;
