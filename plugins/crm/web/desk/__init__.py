"""The operator's desk: pages behind Airflow's own sign-in, mounted at ``/desk`` by ``crm_plugin``.

One module with a router per page; ``access`` says who is there and what they may do, ``pages`` renders, ``forms``
checks where a form came from, ``airflow_calls`` acts on Airflow with the user's own rights.
"""
