-- SHA-256 (hex) over all decisions of a campaign and send date, every column of every row, in the order of their key:
-- one that is added, taken away or changed makes another. Times are read in UTC, whatever the session's zone.
-- :campaign, :send_date
set local time zone 'UTC';

select
    encode(
        sha256(
            convert_to(
                coalesce(
                    string_agg(md5(cast(d as text)), '' order by d.customer_id, d.occasion, d.instance, d.wave), ''
                ),
                'UTF8'
            )
        ),
        'hex'
    ) as decisions_hash
from crm.decision as d
where d.campaign = :campaign and d.send_date = :send_date
