"""People are told of trouble: what is told and to whom (``telling``), and Airflow's hooks for it (``notifier``)."""
