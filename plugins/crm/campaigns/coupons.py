"""Codes in a file that a shop platform can import. They exist once a date is planned, before any message is sent."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

    from crm.business import Business
    from crm.warehouse import Warehouse

#: What the file's name ends with; importers of Discounts sheets look for the word.
ENDINGS = {"generic": "coupons.csv", "shopify": "shopify-discounts.csv"}


class CouponError(Exception):
    """Codes cannot be exported; the message says what to do."""


def export(
    warehouse: Warehouse,
    business: Business,
    campaign: str,
    business_date: datetime.date,
    *,
    file_format: str,
    folder: Path,
    now: datetime.datetime,
) -> tuple[Path, int]:
    """Write the codes that ``campaign`` issued for ``business_date`` into ``folder``; again writes the same file.

    Streamed; whole or not there; readable by its owner alone, because codes are money. ``now`` is kept as the time of
    the export.

    :return: the file (``<campaign>-<send date>.…csv``) and the number of codes
    :raises CouponError: an unknown format, or no codes
    """
    import datetime

    if file_format not in ENDINGS:
        raise CouponError(f"FORMAT is {file_format!r}: give one of {', '.join(ENDINGS)}")
    which = {"campaign": campaign, "business_date": business_date}
    zone = {"time_zone": business.time_zone} if file_format == "shopify" else {}
    send_date = business_date + datetime.timedelta(days=1)
    file = folder / f"{campaign}-{send_date}.{ENDINGS[file_format]}"
    unfinished = file.with_suffix(".unfinished")
    with warehouse.transaction() as transaction:
        count = transaction.run("campaigns/mark_exported", **which, exported_at=now)
        if not count:
            raise CouponError(
                f"no coupons of {campaign} were issued for {business_date}: is the date planned, and does the campaign"
                " have a fitted coupon (docs/offers.md)?"
            )
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as content:
            for block in transaction.copy_out(f"campaigns/coupons_{file_format}", **which, **zone):
                content.write(block)
        unfinished.replace(file)
    return file, count
