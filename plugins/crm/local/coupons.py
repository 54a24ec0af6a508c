"""``make coupons``: the codes of a planned date in a file for the shop platform."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from crm import business as businesses
from crm.campaigns import coupons
from crm.local import stack
from crm.local.home import Home
from crm.runs import day

if TYPE_CHECKING:
    from pathlib import Path

    from crm.warehouse import Warehouse


def export(home: Home, campaign: str, date: str, file_format: str = "") -> None:
    """Write the codes of ``campaign`` for the business date ``date`` (YYYY-MM-DD) into ``coupons`` of the home.

    :raises CouponError: campaign or date are missing, the format is unknown, or there are no codes
    """
    if not campaign or not date:
        raise coupons.CouponError("give both: make coupons CAMPAIGN=<campaign> DATE=<business date> (YYYY-MM-DD)")
    business_date, file_format = day(date, "DATE"), file_format or "generic"
    with stack.open_warehouse(home) as warehouse:
        file, count = _write(warehouse, home.folder, campaign, business_date, file_format)
    print(f"{count:,} codes of {campaign} in {file}")
    print("Import them before the send date: until then the shop refuses them. Who reads the file can use them.")
    print("The file is raw, for an importer: a spreadsheet would compute a customer id that begins with = + - or @.")


def _write(
    warehouse: Warehouse, home: Path, campaign: str, business_date: datetime.date, file_format: str
) -> tuple[Path, int]:
    return coupons.export(
        warehouse,
        businesses.load(),
        campaign,
        business_date,
        file_format=file_format,
        folder=home / "coupons",
        now=datetime.datetime.now(datetime.UTC),
    )
