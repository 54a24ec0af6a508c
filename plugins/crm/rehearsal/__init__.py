"""A dry run of any date (``make plan``, a DAG's form): whom would it have written to, and why not the others?"""
