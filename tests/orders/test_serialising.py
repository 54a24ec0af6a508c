"""What the reader writes is what PostgreSQL's COPY takes."""

from __future__ import annotations

import io
import json

from canonical_rows import ORDERS, source

from crm.orders import reading
from crm.warehouse import Warehouse

AWKWARD = ["plain", 'say "hi"', "a,b", "line\nend", "\\.", "\\N", "NULL", "'; drop", "茶", "\t x", "😀"]


def test_copy_takes_every_text_number_and_time_unchanged(warehouse: Warehouse, query) -> None:
    lines = [
        {"order": f"A{n}", "who": text, "at": "2017-07-01T08:00:00.000001+02:00", "paid": "-1.00005"}
        for n, text in enumerate(AWKWARD)
    ]
    content = "\n".join(json.dumps(line) for line in [*lines, {"order": "", "who": AWKWARD[1]}])
    columns = {**ORDERS, "customer": {"names": "who", "not_blank": ["NULL", "\\N"]}}
    batches = reading.read(source(columns), "orders", io.BytesIO(content.encode()), 7, "orders.jsonl")
    with warehouse.transaction() as tx:
        tx.connection.exec_driver_sql("set local time zone 'Asia/Shanghai'")
        tx.copy_in("staging.order_line", reading.COLUMNS["orders"], map(reading.to_csv, batches))
    rows = query(
        "select customer, amount, ordered_at at time zone 'UTC', product from staging.order_line order by row_number"
    )
    assert [row[0] for row in rows] == [text.strip().removeprefix("'") for text in AWKWARD] + [AWKWARD[1]]
    assert {str(row[1]) for row in rows[:-1]} == {"-1.0000"}
    assert {str(row[2]) for row in rows[:-1]} == {"2017-07-01 06:00:00.000001"}
    assert {row[3] for row in rows} == {None}
    rejected = query(
        "select reject_reason, reject_column, raw::jsonb ->> 'who' from staging.order_line where raw is not null"
    )
    assert rejected == [("missing_order_id", "order", AWKWARD[1])]
