"""What `make check` says of a file's rows is what a load does with them."""

from __future__ import annotations

import pytest
from landed import Shop, line

from crm.local import check_files
from crm.orders.validation import ValidationFailed, validate


def test_check_refuses_a_file_for_its_bad_rows_exactly_where_a_load_does(tea: Shop) -> None:
    for number, (bad, of) in enumerate([(1, 1), (1, 2), (2, 4), (2, 3), (3, 30), (3, 29)], 1):
        on = f"2024-03-{number:02}"
        rows = [line(f"{on}-{row}", at=on, paid="five" if row < bad else "5") for row in range(of)]
        file = tea.deliver("orders", on, rows)
        problems = check_files.look(tea.business.sources[0], str(file)).problems
        delivery = tea.ingest(on)
        if not problems:
            validate(tea.warehouse, delivery)
            continue
        with pytest.raises(ValidationFailed, match=f"Set aside: {bad} x bad_amount"):
            validate(tea.warehouse, delivery)
        assert (
            f"{bad} of {of} rows would be set aside: {bad} x bad_amount (column paid), first in row 1" in problems[0][2]
        )
