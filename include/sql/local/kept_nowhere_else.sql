-- What `make clean` deletes and no file brings back, by the tables that hold it: it is counted before somebody answers.
-- No parameters.
select
    (select count(*) from crm.message) as messages,
    (select greatest((select count(*) from crm.suppression), (select count(*) from crm.customer_suppression))) as opt_outs,
    (select count(*) from crm.decision) as decisions,
    (select count(*) from crm.result) as results,
    (select count(*) from crm.customer) as customers;
