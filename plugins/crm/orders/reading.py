"""Read a delivered file in canonical columns, batch by batch, in flat memory. No database here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from crm.orders.canonical import COLUMNS, REASONS
from crm.orders.mapping import Mapping

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "REASONS", "SourceError", "read", "to_csv"]


class SourceError(Exception):
    """A whole file cannot be read; the message names the file, what was expected and found, and what to do."""


def read(
    mapping: Mapping,
    kind: str,
    source: BinaryIO | Path,
    file_version_id: int,
    source_name: str,
    warnings: Counter[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a file of ``kind`` as batches with the columns ``COLUMNS[kind]``, rejected rows included.

    :param source: path, or an open binary file (a gzip file is recognised by its first bytes)
    :param source_name: path below the landing folder or key in the bucket: names the format by its extension
    :param warnings: counts values that were dropped without rejecting their row, by what was wrong
    :raises SourceError: the file as a whole cannot be read
    """
    raise NotImplementedError
    yield


def to_csv(batch: pa.RecordBatch) -> bytes:
    """Serialise a batch for PostgreSQL's COPY (format csv): UTF-8, no header, an empty field is null."""
    raise NotImplementedError
