-- The ledger has just grown by a campaign: without fresh figures the planner reads the whole campaign again for every message
-- (measured: the time of a batch grows with the campaign). The decisions were analysed with the plan.
analyze crm.message;
