-- What `make clean` deletes and no file brings back, by the tables that hold it: it is counted before somebody answers.
-- Of tables that older schemas have too. No parameters.
select
    (select count(*) from crm.message) as messages,
    (select count(*) from crm.suppression) as opt_outs,
    (select count(*) from crm.decision) as decisions,
    (select count(*) from crm.result) as results,
    (select count(*) from crm.customer) as customers;
