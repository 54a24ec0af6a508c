"""What comes home: events of providers, opt-outs of people.

Events are kept in an inbox as they arrive (``inbox``; translated by ``sendgrid`` and ``sns``), then taken into the
ledger by ``collecting``. Opt-outs by our own page (``opt_outs``) and by SMS (``replies``) count at once.
"""
