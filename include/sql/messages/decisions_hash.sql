-- SHA-256 (hex) over all decisions of a campaign and send date, in the order of their key: one that is added, taken away or
-- changed makes another. Times are read in UTC, whatever the session's zone.
-- The columns are named, in the order of the table when they were all it had: approvals asked for by every column then stay
-- good, and a column that a later migration adds voids no approval that is open. One that changes what goes out is appended
-- to the row's text where it is not null (|| coalesce(…, '')), never put among the columns.
-- :campaign, :send_date
set local time zone 'UTC';

select
    encode(
        sha256(
            convert_to(
                coalesce(
                    string_agg(
                        md5(
                            cast(
                                row(
                                    d.customer_id, d.campaign, d.occasion, d.instance, d.wave, d.kind, d.direction,
                                    d.business_date, d.send_date, d.occasion_date, d.priority, d.decision, d.reason,
                                    d.reasons, d.channel, d.contact_key, d.assignment_key, d.epoch, d.salt, d.arm,
                                    d.variant, d.segment, d.tier, d.stage, d.locale, d.goal, d.goal_item, d.item_key,
                                    d.offer, d.coupon_cost, d.sending_cost, d.planned_send_at, d.send_by, d.cut_off_at,
                                    d.declaration_hash, d.breakpoints_on, d.cycles_on
                                ) as text
                            )
                        ),
                        '' order by d.customer_id, d.occasion, d.instance, d.wave
                    ),
                    ''
                ),
                'UTF8'
            )
        ),
        'hex'
    ) as decisions_hash
from crm.decision as d
where d.campaign = :campaign and d.send_date = :send_date
