"""Canonical batches as bytes for PostgreSQL's COPY."""

from __future__ import annotations

from crm.orders.arrow import arrow_csv, pa, pc, types

#: Rows that Arrow writes at a time.
_ROWS = 8_192


def to_csv(batch: pa.RecordBatch) -> bytes:
    """CSV in UTF-8 without a header; null is an empty field, an empty text is a quoted one."""
    options = arrow_csv.WriteOptions(include_header=False, batch_size=_ROWS)
    sink = pa.BufferOutputStream()
    columns = [_spelt(column) for column in batch.columns]
    arrow_csv.write_csv(pa.RecordBatch.from_arrays(columns, names=batch.schema.names), sink, options)
    return bytes(sink.getvalue().to_pybytes())


def _spelt(column: pa.Array) -> pa.Array:
    """Decimals and times as text. Few are distinct within a batch, and spelling them is what costs time."""
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    if not (types.is_timestamp(column.type) or types.is_decimal(column.type)):
        return column
    coded = column.dictionary_encode()
    return _texts(coded.dictionary).take(coded.indices)


def _texts(distinct: pa.Array) -> pa.Array:
    if types.is_decimal(distinct.type):
        return distinct.cast(pa.string())
    # With an explicit offset, whatever the session's zone; Arrow's own way to write it takes ten times as long.
    return pc.binary_join_element_wise(distinct.cast(pa.timestamp("us")).cast(pa.string()), "Z", "")
