"""Senders are killed, the database is restarted, the provider fails, all at random; the retries go on. Nobody may be
written to twice, and everybody must be accounted for.

``make crash-test`` runs 200 of them; ``python -m crash_test --runs 10`` (``plugins``, ``tests`` and ``tests/messages``
on the path) fewer. ``--seed`` repeats the drawing of a run, not the instants of the machine.
"""
