-- A sender may be writing the same messages in another order. We stop waiting before PostgreSQL sees a deadlock (1 s) and
-- might end the sender instead. For this transaction. No parameters.
set local lock_timeout = '500ms'
