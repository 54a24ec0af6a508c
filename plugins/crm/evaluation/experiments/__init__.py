"""Past campaigns and published experiments, from files of one row per person, evaluated as live campaigns are."""
