-- The shares that arms were really drawn by: a declaration that changes its share takes effect in the next epoch.
select
    campaign,
    epoch,
    holdout
from crm.epoch
