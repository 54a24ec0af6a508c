"""Short cuts of the reading tests: a mapping from a few lines, and what a file becomes under it."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from typing import Any

from crm.orders import reading
from crm.orders.mapping import Mapping

ORDERS = {"order_id": "order", "customer": "who", "ordered_at": "at", "amount": "paid"}


def source(columns: dict[str, Any] | None = None, **orders: Any) -> Mapping:
    """A mapping of order files with the given columns (by default order, who, at, paid)."""
    block = {"files": "orders/{date}.csv", "columns": columns or ORDERS, **orders}
    return Mapping.model_validate(
        {
            "name": "test",
            "shop": "test_shop",
            "time_zone": "Europe/London",
            "currency": "GBP",
            "country": "GB",
            "orders": block,
        }
    )


def with_block(kind: str, columns: dict[str, Any], **block: Any) -> Mapping:
    """A mapping with a block of another kind."""
    content = source().model_dump(exclude_none=True)
    return Mapping.model_validate({**content, kind: {"files": f"{kind}.csv", "columns": columns, **block}})


def read(
    mapping: Mapping,
    content: bytes | str | Path,
    name: str = "orders.csv",
    kind: str = "orders",
    warnings: Counter[str] | None = None,
) -> list[dict[str, Any]]:
    """The canonical rows of a file, in the order of their row numbers."""
    if isinstance(content, str):
        content = content.encode()
    opened = content if isinstance(content, Path) else io.BytesIO(content)
    batches = list(reading.read(mapping, kind, opened, 7, name, warnings))
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert all(tuple(row) == reading.COLUMNS[kind] for row in rows)
    return sorted(rows, key=lambda row: row["row_number"])
