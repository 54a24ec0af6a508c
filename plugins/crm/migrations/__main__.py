"""``python -m crm.migrations``: the warehouse of the connection ``crm_warehouse``, brought up to date; says what ran.

``CRM_READER_PASSWORD``: makes the login ``crm_bi`` of BI tools (schema ``mart`` alone), or gives it this password.
"""

from __future__ import annotations

import os
import sys

from crm.migrations import reader, upgrade
from crm.warehouse import Warehouse

warehouse = Warehouse.from_connection()
sys.stdout.write("\n".join([*upgrade(warehouse.url).lines(), ""]))
if os.environ.get("CRM_READER_PASSWORD"):
    reader.allow(warehouse.url, os.environ["CRM_READER_PASSWORD"], renew=True)
