"""Which format a file has, and the frames of Parquet files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from crm.orders import delimited, encoding_lists, headers, jsons, workbooks
from crm.orders.arrow import pa, pq
from crm.orders.frames import Frame, Reading, numbered, without_rows

_BY_EXTENSION = {
    **dict.fromkeys((".csv", ".txt", ".tsv"), "csv"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), "jsonl"),
    **dict.fromkeys((".xlsx", ".xlsm"), "excel"),
}


def frames(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    """Yield the rows of a file in the format that the mapping or the file's extension names.

    :param source: seekable; gzip is recognised by its first two bytes
    :raises SourceError: the file is not what it should be
    """
    magic = source.read(2)
    source.seek(0)
    if not magic:
        return
    opened = cast(BinaryIO, gzip.GzipFile(fileobj=source)) if magic == b"\x1f\x8b" else source
    step = {"csv": delimited.frames, "parquet": _parquet, "jsonl": jsons.frames, "excel": workbooks.frames}[
        _format(reading)
    ]
    try:
        if step in (delimited.frames, jsons.frames):
            reading = encoding_lists.settled(reading, opened)
        yield from step(reading, opened)
    except (EOFError, gzip.BadGzipFile, OSError) as error:
        problem = f"cannot be read to its end ({type(error).__name__})"
        raise reading.error(problem, "deliver the file again; it may be cut off") from None


def _format(reading: Reading) -> str:
    if reading.block.format:
        return reading.block.format
    path = PurePosixPath(reading.source_name.lower())
    extension = path.with_suffix("").suffix if path.suffix in (".gz", ".gzip") else path.suffix
    if extension not in _BY_EXTENSION:
        known = "csv, parquet, jsonl or excel"
        advice = f"set {reading.key('format')} of the mapping {reading.mapping.name!r} to {known}"
        raise reading.error(f"has the unknown extension {extension!r}", advice)
    return _BY_EXTENSION[extension]


def _parquet(reading: Reading, source: BinaryIO) -> Iterator[Frame]:

    try:
        file = pq.ParquetFile(source)
    except pa.ArrowInvalid:
        raise reading.error("is not a Parquet file", f"check {reading.key('format')} or deliver it again") from None
    names = headers.named(reading, file.schema_arrow.names)
    yield without_rows(names)
    batches = file.iter_batches(batch_size=delimited.ROWS)
    yield from numbered(dict(zip(names, batch.columns, strict=True)) for batch in batches)
