"""What takes several rooms: a dry run of any date (``make plan``, a DAG's form), test sends, the daily report."""
