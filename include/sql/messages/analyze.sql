-- The ledger and the decisions have just grown by a campaign: without fresh figures the planner reads the whole campaign
-- again for every message (measured: the time of a batch grows with the campaign).
analyze crm.message;

analyze crm.decision;
