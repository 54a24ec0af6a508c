"""What a purchase is, and what was known when, stands in one place, and everything reads it there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SQL = Path(__file__).resolve().parents[1] / "include" / "sql"
STEPS = [file for file in SQL.rglob("*.sql") if file.parent.name != "schema"]
#: Which of a file's rows says how far an order has come is about all statuses, not about purchases.
OF_STATUSES = {"orders/gather_orders.sql"}


@pytest.mark.parametrize(
    ("status", "refunds", "paid_back", "is_purchase"),
    [
        ("paid", None, 0, True), ("shipped", 4, 4, True), ("completed", 10, 10, False), ("paid", 12, 10, False),
        ("refunded", None, 10, False), ("refunded", 4, 4, True), ("refunded", 10, 10, False),
        ("unpaid", None, 0, False), ("cancelled", 4, 4, False),
    ],
)  # fmt: skip
def test_a_purchase_was_paid_and_something_of_it_is_left(query, status, refunds, paid_back, is_purchase):
    (row,) = query("select crm.paid_back(%s, 10, %s), crm.is_purchase(%s, 10, %s)", status, refunds, status, refunds)
    assert row == (paid_back, is_purchase)


def test_an_order_that_was_worth_nothing_is_no_purchase(query):
    assert query("select crm.is_purchase('paid', 0, null)") == [(False,)]


def test_a_version_is_known_from_its_first_day_to_the_day_before_the_next(query):
    """Of versions known from the 2nd to the 5th, and from the 5th on."""
    known = query(
        "select d, crm.is_known('2026-01-02', '2026-01-05', d), crm.is_known('2026-01-05', null, d)"
        " from unnest(cast(%s as date[])) as d",
        ["2026-01-01", "2026-01-02", "2026-01-04", "2026-01-05"],
    )
    assert [row[1:] for row in known] == [(False, False), (True, False), (True, False), (False, True)]


@pytest.mark.parametrize("file", STEPS, ids=lambda file: file.relative_to(SQL).as_posix())
def test_no_step_has_a_definition_of_its_own(file):
    text = re.sub(r"^comment on .*$", "", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert file.relative_to(SQL).as_posix() in OF_STATUSES or "'paid'" not in text, (
        "ask crm.is_purchase or crm.was_paid"
    )
    assert not re.search(r"\b(known_until|valid_to) is null or", text), "ask crm.is_known"


def test_postgresql_sees_through_the_definition(query):
    """The planner finds the condition itself, not a call that it knows nothing of."""
    plan = "\n".join(
        line
        for (line,) in query("explain (verbose) select 1 from crm.orders where crm.is_purchase(status, amount, null)")
    )
    assert "is_purchase" not in plan
    assert "was_paid" not in plan
