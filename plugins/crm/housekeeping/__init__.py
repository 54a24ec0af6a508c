"""What keeps a running shop small: rows, files and runs of Airflow that nothing stands on any more go after a while.

How long each is kept is the key ``retention`` of ``business.yaml``; docs/operations.md says what is never touched.
"""
