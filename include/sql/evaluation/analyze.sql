-- Assignments and conversions have just grown by a campaign: an evaluation joins them at once, and without fresh figures the
-- planner takes them for a handful of rows. No parameters.
analyze crm.assignment;

analyze crm.conversion
