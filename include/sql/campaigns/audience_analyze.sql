-- How large the sets are: without it the planner takes a new one for empty, and walks through its customers one by one.
analyze found
