"""What the pages are given: the business, the warehouse, and which day it is."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import Depends

from crm.business import Business
from crm.messages.clock import Clock
from crm.warehouse import Warehouse
from crm.web import parts

TheBusiness = Annotated[Business, Depends(parts.business)]
TheWarehouse = Annotated[Warehouse, Depends(parts.warehouse)]
TheClock = Annotated[Clock, Depends(parts.clock)]


def today(business: Business, clock: Clock) -> datetime.date:
    """Today in the business's time zone; for a closed shop at most the day after its last business date."""
    return business.today_at(clock.now())
