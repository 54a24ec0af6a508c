"""The report for people: pages of a day and of each campaign, and the same day as an e-mail.

``figures`` reads them from the warehouse, ``verdicts`` says in a sentence what they mean, ``charts`` draws, ``pages``
and ``letter`` lay out, ``writing`` keeps. Every word stands in ``words``; templates are in include/templates/_report.
"""
