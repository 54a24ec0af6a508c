"""A local stand-in for SendGrid: takes v3/mail/send as SendGrid does, and tells what became of it as its webhook does.

Run it with ``python -m sendgrid_stand_in`` (``tests`` on the path); see ``__main__`` for its arguments.
"""
