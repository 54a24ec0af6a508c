-- Of the responses that became known on a date, remove what no figure reads: opens and clicks of a message after its first
-- of the kind, and reports from on the way. The first open and click, whatever a machine did, deliveries, bounces,
-- complaints and opt-outs stay: a late refund makes a new version of a result, and it counts them again. As of any date
-- the first that was known then stays the first.
-- :known_on
delete from crm.response as r
where
    r.known_on = :known_on
    and (
        r.kind in ('processed', 'deferred', 'other')
        or (
            r.kind in ('opened', 'clicked') and r.machine is null
            and exists (
                select from crm.response as e
                where
                    e.customer_id = r.customer_id and e.message_id = r.message_id and e.kind = r.kind
                    and e.machine is null and e.known_on <= r.known_on
                    and (e.occurred_at, e.provider, e.event_id) < (r.occurred_at, r.provider, r.event_id)
            )
        )
    )
