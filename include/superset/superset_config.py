"""Superset's own settings; the key of its sessions it takes from SUPERSET_SECRET_KEY by itself."""

import os

SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_DATABASE"]
