"""A bad row is set aside, a bad file stops its date; Data Docs hold counts, never values."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from landed import Shop, as_csv, line

from crm.orders.delivery import NotStaged
from crm.orders.publishing import PublishingError, publish
from crm.orders.validation import ValidationFailed, validate


def good(count: int, on: str = "2017-03-01") -> list[dict[str, str]]:
    return [line(f"{on}-{number}", f"buyer{number}", on) for number in range(count)]


def docs(path: str) -> str:
    return "".join(page.read_text(encoding="utf-8") for page in Path(path).parent.rglob("*.html"))


def test_a_bad_row_is_set_aside_with_its_reason_and_the_rest_is_published(tea: Shop, query):
    tea.validated = True
    counts = tea.day("2017-03-01", [*good(20), line("bad", at="2017-03-01", paid="ten")])
    assert counts["lines_published"] == 20
    assert counts["rejected"] == {"bad_amount": 1}
    assert query("select row_number, reason, column_name, raw ->> 'paid' from crm.rejected_row") == [
        (21, "bad_amount", "paid", "ten")
    ]


def test_a_mended_row_is_marked_as_replayed(tea: Shop, query):
    tea.day("2017-03-01", [*good(20), line("bad", at="2017-03-01", paid="ten"), line("worse", at="never")])
    tea.day("2017-03-01", [*good(20), line("bad", at="2017-03-01", paid="10"), line("worse", at="never")])
    assert query("select row_number, replayed_by from crm.rejected_row order by file_version_id, row_number") == [
        (21, 2),
        (22, None),
        (22, None),
    ]
    assert query("select count(*) from crm.orders where order_id = 'bad'") == [(1,)]


def test_a_bad_file_stops_its_date_and_nothing_of_it_is_published(tea: Shop, query):
    tea.deliver("orders", "2017-03-01", [*good(5), *[line("x", at="2017-03-01", paid="ten")] * 5])
    delivery = tea.ingest("2017-03-01")
    with pytest.raises(
        ValidationFailed,
        match=r"rejected_share.*1 of 1.*tea/orders_2017-03-01\.csv.*5 x bad_amount \(column paid\), first in row 6",
    ):
        validate(tea.warehouse, delivery)
    ((status, failure),) = query("select status, failure from crm.file_version")
    assert status == "failed"
    assert "rejected_share), 1 of 1 rows" in failure, "the gate says what failed, and where"
    with pytest.raises(PublishingError, match="failed its validation"):
        publish(tea.warehouse, tea.business, delivery)
    assert query("select count(*) from crm.orders") == [(0,)]


def test_one_total_refuses_no_day_and_three_bad_rows_of_a_small_file_do(tea: Shop, query):
    tea.validated = True
    total = line("Total: 5 orders", "", paid="50.00")
    assert tea.day("2017-03-01", [*good(5), total])["rejected"] == {"missing_time": 1}
    assert query("select count(*) from crm.orders") == [(5,)]
    tea.deliver("orders", "2017-03-02", [*good(5, "2017-03-02"), *[total] * 3])
    with pytest.raises(ValidationFailed, match=r"rejected_share.*1 of 1.*3 x missing_time"):
        validate(tea.warehouse, tea.ingest("2017-03-02"))
    tea.deliver("orders", "2017-03-02", [*good(1, "2017-03-02"), *[total] * 2])
    with pytest.raises(ValidationFailed, match=r"rejected_share.*1 of 1.*2 x missing_time"):
        validate(tea.warehouse, tea.ingest("2017-03-02"))


def test_a_refusal_names_the_status_that_the_mapping_lacks(tea: Shop):
    tea.deliver("orders", "2017-03-01", [line(str(n), at="2017-03-01", status="Versendet") for n in range(4)])
    with pytest.raises(ValidationFailed, match=r"4 x unknown_status_Versendet \(column status\), first in row 1"):
        validate(tea.warehouse, tea.ingest("2017-03-01"))


def test_a_file_for_many_dates_is_not_warned_of_for_its_earlier_ones(tea: Shop, tmp_path: Path):
    rows = [row for on in ("2017-03-01", "2017-03-02", "2017-03-03") for row in good(5, on)]
    every = tmp_path / "every_order.csv"
    every.write_text(as_csv(rows), encoding="utf-8")
    delivery = tea.ingest("2017-03-03", mode="load", from_date=datetime.date(2017, 3, 1), files=every)
    assert validate(tea.warehouse, delivery)["warnings"] == []
    tea.deliver("orders", "2017-03-04", good(5, "2017-03-01"))
    (warning,) = validate(tea.warehouse, tea.ingest("2017-03-04"))["warnings"]
    assert "on_business_date" in warning


def test_a_failed_file_can_be_ingested_again_once_it_is_mended(tea: Shop, query):
    tea.deliver("orders", "2017-03-01", [line("x", at="2017-03-01", paid="ten")])
    with pytest.raises(ValidationFailed):
        validate(tea.warehouse, tea.ingest("2017-03-01"))
    tea.validated = True
    assert tea.day("2017-03-01", good(3))["lines_published"] == 3
    assert query("select known_on::text from crm.file_version order by 1") == [("2017-03-01",)] * 2


def test_orders_after_the_business_date_stop_it(tea: Shop):
    tea.deliver("orders", "2017-03-01", [*good(5), line("late", at="2017-03-02T05:00:00Z")])
    with pytest.raises(ValidationFailed, match="by_end_of_business_date"):
        validate(tea.warehouse, tea.ingest("2017-03-01"))


def test_in_a_range_the_message_names_the_bad_files_alone(tea: Shop):
    for on in ("2017-03-01", "2017-03-02", "2017-03-03"):
        tea.deliver("orders", on, good(5, on))
    tea.deliver("orders", "2017-03-02", good(5, "2017-03-03"))
    delivery = tea.ingest("2017-03-03", mode="load", from_date=datetime.date(2017, 3, 1))
    with pytest.raises(ValidationFailed) as failure:
        validate(tea.warehouse, delivery)
    assert "orders_2017-03-02.csv" in str(failure.value)
    assert "orders_2017-03-01.csv" not in str(failure.value)
    assert "orders_2017-03-03.csv" not in str(failure.value)


def test_zero_and_negative_lines_are_warnings_and_are_published(tea: Shop, query):
    odd = [line("0", at="2017-03-01", paid="0"), line("minus", at="2017-03-01", paid="-3")]
    tea.deliver("orders", "2017-03-01", [*good(2), *odd])
    delivery = tea.ingest("2017-03-01")
    found = validate(tea.warehouse, delivery)
    assert found["success"]
    assert any("(amount), 2 of 4 rows" in warning for warning in found["warnings"])
    assert publish(tea.warehouse, tea.business, delivery)["lines_published"] == 4


def test_data_docs_are_kept_and_hold_counts_but_no_values(tea: Shop):
    secret = "secret-9137"
    tea.deliver("orders", "2017-03-01", [*good(3), line(secret, secret, "2017-03-01", paid="-91371", item=secret)])
    person = {"buyer": secret, "name": secret, "email": "x@example.com", "mail_ok": "yes"}
    tea.deliver("customers", "2017-03-01", [person])
    found = validate(tea.warehouse, tea.ingest("2017-03-01"))
    pages = docs(found["docs"])
    assert "expect_column_values_to_be_between" in pages or "greater than" in pages
    assert "25%" in pages or "25.0" in pages
    for value in (secret, "91371", "x@example.com", "buyer1"):
        assert value not in pages


def test_a_failure_quotes_no_values(tea: Shop):
    tea.deliver("orders", "2017-03-01", [*good(3), line("secret-1", "secret-2", "2018-01-01", item="secret-3")])
    with pytest.raises(ValidationFailed) as failure:
        validate(tea.warehouse, tea.ingest("2017-03-01"))
    assert "secret" not in str(failure.value)


def test_an_unchanged_delivery_needs_no_validation(tea: Shop):
    tea.validated = True
    tea.day("2017-03-01", good(3))
    assert validate(tea.warehouse, tea.ingest("2017-03-01")) == {"success": True, "warnings": [], "docs": None}


def test_a_delivery_that_another_one_displaced_is_neither_validated_nor_published(tea: Shop):
    tea.deliver("orders", "2017-03-01", good(1))
    tea.deliver("orders", "2017-03-02", good(1, "2017-03-02"))
    displaced = tea.ingest("2017-03-01")
    tea.ingest("2017-03-02")
    with pytest.raises(NotStaged, match="ingest it again"):
        validate(tea.warehouse, displaced)
    with pytest.raises(NotStaged, match="ingest it again"):
        publish(tea.warehouse, tea.business, displaced)
