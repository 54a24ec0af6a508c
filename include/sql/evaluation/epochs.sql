-- The shares that arms were really drawn by, and the variants: a declaration that changes them takes effect in the next
-- epoch.
select
    campaign,
    epoch,
    holdout,
    variants
from crm.epoch
