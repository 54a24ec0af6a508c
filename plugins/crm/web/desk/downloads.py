"""What a page shows, as a file for a spreadsheet."""

from __future__ import annotations

import csv as comma_separated
import io
from typing import TYPE_CHECKING, Any

from fastapi import Response

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

#: What makes a spreadsheet take text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv(name: str, as_of: datetime.date, rows: Sequence[dict[str, Any]]) -> Response:
    """``rows``, all with the same columns, as ``<name>-<as_of>.csv``; UTF-8 with the mark that Excel looks for."""
    written = io.StringIO(newline="")
    out = comma_separated.writer(written)
    if rows:
        out.writerow(rows[0])
    out.writerows([_cell(value) for value in row.values()] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}-{as_of}.csv"'}
    return Response(written.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _cell(value: Any) -> Any:
    """Text that a spreadsheet would compute stays text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
