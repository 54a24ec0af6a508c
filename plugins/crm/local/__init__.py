"""One machine, no Docker: the embedded PostgreSQL, Airflow's processes, the sample shop and the demo."""
