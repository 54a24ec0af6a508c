-- The segments as people call them.
select
    segment,
    label_en,
    label_zh
from crm.segment
