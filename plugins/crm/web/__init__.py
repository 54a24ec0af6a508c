"""What the outside world and operators open in a browser.

``open_app`` holds the only routes that need no sign-in: the providers' signed events and the unsubscribe links.
"""
