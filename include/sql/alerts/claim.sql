-- Says whether this alert is to be told now: not where the same was told less than :repeat_after ago. Of two tasks that
-- fail in the same instant, one is given the row.
-- :about, :dag_id, :task_id, :partition_key, :now, :repeat_after (an interval)
insert into crm.alert (about, dag_id, task_id, partition_key, sent_at)
values (:about, :dag_id, :task_id, :partition_key, :now)
on conflict (about, dag_id, task_id, partition_key) do update
    set sent_at = excluded.sent_at
    where alert.sent_at <= excluded.sent_at - cast(:repeat_after as interval)
returning sent_at;
