"""CRM marketing on Airflow and PostgreSQL: orders -> customers -> campaigns -> messages -> evaluation.

Each word is a package here, a folder of ``include/sql`` and of ``tests``, and a group of tables. The rooms meet in
tables, never in each other's functions; ``dags/`` calls one entry function of each in this order.
"""
