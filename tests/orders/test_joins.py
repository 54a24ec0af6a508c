"""Shops that deliver orders, lines, payments and refunds in files of their own: joined by their keys, or refused."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from landed import Shop

from crm.orders import joining, mapping, reading
from crm.orders.frames import SourceError
from crm.orders.landing import LandingError
from crm.orders.publishing import publish
from crm.orders.validation import validate

ITEMS = "order_id,n,sku,price\n1,1,tea,10.00\n1,2,pot,25.50\n2,1,tea,10.00\n"
HEADERS = "id,buyer,placed,state\n1,ann,2017-03-01 10:00:00,paid\n2,bob,2017-03-01 11:00:00,paid\n"
PAYMENTS = "order_id,method,value\n1,card,30.00\n1,voucher,5.50\n2,card,10.00\n"

COLUMNS = {
    "order_id": "order_id",
    "line_number": "n",
    "product": "sku",
    "amount": "price",
    "customer": "orders.buyer",
    "ordered_at": "orders.placed",
    "status": "orders.state",
}


def declared(
    columns: dict[str, Any] | None = None, joins: dict[str, Any] | None = None, **more: Any
) -> mapping.Mapping:
    orders = {"files": "items*.csv", "key": {"order_id": "id"}}
    return mapping.Mapping.model_validate(
        {
            "name": "several",
            "shop": "tea",
            "time_zone": "UTC",
            "currency": "USD",
            "country": "US",
            "orders": {
                "files": "items.csv",
                "join": {"orders": orders | {"files": "orders.csv"}} if joins is None else joins,
                "columns": columns or COLUMNS,
                **more,
            },
        }
    )


def rows(
    found: mapping.Mapping,
    folder: Path,
    own: str | list[str] = ITEMS,
    warnings: Counter[str] | None = None,
    **files: str,
) -> list[dict[str, Any]]:
    """The canonical rows of the files that are written into ``folder``."""
    own_parts = []
    for number, text in enumerate([own] if isinstance(own, str) else own):
        path = folder / f"items{number}.csv"
        path.write_text(text)
        own_parts.append(joining.Part(path.name, path))
    joined = {}
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.write_text(text)
        joined[name] = (joining.Part(path.name, path),)
    parts = joining.Parts(tuple(own_parts), joined)
    read = reading.read(found, "orders", parts, 7, "items.csv", Counter() if warnings is None else warnings)
    return sorted((row for batch in read for row in batch.to_pylist()), key=lambda row: row["row_number"])


def test_lines_carry_what_the_file_of_orders_says(tmp_path: Path) -> None:
    found = rows(declared(), tmp_path, orders=HEADERS)
    assert [(r["order_id"], r["customer"], r["amount"], r["status"]) for r in found] == [
        ("1", "ann", Decimal(10), "paid"),
        ("1", "ann", Decimal("25.5"), "paid"),
        ("2", "bob", Decimal(10), "paid"),
    ]
    assert found[2]["ordered_at"] == datetime.datetime(2017, 3, 1, 11, tzinfo=datetime.UTC)


def test_a_line_without_its_order_is_set_aside_and_named(tmp_path: Path) -> None:
    found = rows(declared(), tmp_path, ITEMS + "3,1,tea,10.00\n", orders=HEADERS)
    assert [(r["row_number"], r["reject_reason"]) for r in found][2:] == [(3, None), (4, "no_row_in_orders")]
    assert '\\"sku\\": \\"tea\\"' in found[3]["raw"]


@pytest.mark.parametrize(("missing", "expected"), [("blank", ["missing_time"]), ("refuse", None)])
def test_what_a_missing_partner_does_is_declared(tmp_path: Path, missing: str, expected: list[str] | None) -> None:
    found = declared(joins={"orders": {"files": "orders.csv", "key": {"order_id": "id"}, "missing": missing}})
    if expected is None:
        with pytest.raises(SourceError, match=r"has a row 4 without one in orders; deliver the files together"):
            rows(found, tmp_path, ITEMS + "3,1,tea,10.00\n", orders=HEADERS)
    else:
        assert [r["reject_reason"] for r in rows(found, tmp_path, ITEMS + "3,1,t,1\n", orders=HEADERS)][3:] == expected


@pytest.mark.parametrize(("extra", "warned"), [("warn", 2), ("ignore", 0), ("refuse", None)])
def test_orders_without_lines_are_counted_or_refused(tmp_path: Path, extra: str, warned: int | None) -> None:
    found = declared(joins={"orders": {"files": "orders.csv", "key": {"order_id": "id"}, "extra": extra}})
    headers = HEADERS + "3,eve,2017-03-01 12:00:00,paid\n,eve,2017-03-01 12:00:00,paid\n"
    warnings: Counter[str] = Counter()
    if warned is None:
        with pytest.raises(SourceError, match="lacks the rows that 2 rows of orders belong to"):
            rows(found, tmp_path, orders=headers)
    else:
        assert len(rows(found, tmp_path, orders=headers, warnings=warnings)) == 3
        assert warnings["rows_of_orders_without_orders"] == warned


def test_lines_of_nothing_beside_orders_are_told_too(tmp_path: Path) -> None:
    warnings: Counter[str] = Counter()
    assert rows(declared(), tmp_path, "", orders=HEADERS, warnings=warnings) == []
    assert warnings == {"rows_of_orders_without_orders": 2}


def test_a_key_that_comes_twice_refuses_the_files(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"orders\.csv: has several rows for the same id, 1 times.*\.combine"):
        rows(declared(), tmp_path, orders=HEADERS + HEADERS.splitlines()[1] + "\n")


WITH_PAYMENTS = {
    "orders": {"files": "orders.csv", "key": {"order_id": "id"}},
    "payments": {"files": "payments.csv", "key": "order_id", "combine": {"value": "sum", "method": "join"}},
}


def test_several_payments_of_an_order_are_added_up_and_count_once(tmp_path: Path) -> None:
    columns = COLUMNS | {"order_total": "payments.value", "entry_source": "payments.method"}
    found = declared(columns, WITH_PAYMENTS, every_row=["order_total"], spread_total=True)
    read = rows(found, tmp_path, orders=HEADERS, payments=PAYMENTS)
    assert sum(r["amount"] for r in read) == Decimal("45.5")
    assert [r["entry_source"] for r in read] == ["card;voucher", "card;voucher", "card"]


def test_money_of_an_order_beside_each_of_its_lines_is_refused(tmp_path: Path) -> None:
    found = declared(COLUMNS | {"amount": "payments.value"}, WITH_PAYMENTS)
    with pytest.raises(SourceError, match=r"several rows for each of 1 rows of payments: payments\.value"):
        rows(found, tmp_path, orders=HEADERS, payments=PAYMENTS)


def test_an_orders_rows_are_brought_together_so_that_its_money_counts_once(tmp_path: Path) -> None:
    columns = COLUMNS | {"shipping_fee": "orders.postage"}
    apart = "order_id,n,sku,price\n1,1,tea,10\n2,1,tea,10\n1,2,pot,25\n"
    headers = "id,buyer,placed,state,postage\n1,ann,2017-03-01,paid,4\n2,bob,2017-03-01,paid,3\n"
    read = rows(declared(columns, every_row=["shipping_fee"]), tmp_path, apart, orders=headers)
    assert [r["shipping_fee"] for r in read] == [Decimal(4), Decimal(3), None]


def test_what_is_added_up_must_be_numbers(tmp_path: Path) -> None:
    columns = COLUMNS | {"order_total": "payments.value"}
    found = declared(columns, WITH_PAYMENTS, every_row=["order_total"], spread_total=True)
    with pytest.raises(SourceError, match=r"payments\.csv: has 1 values in value that are none"):
        rows(found, tmp_path, orders=HEADERS, payments=PAYMENTS + '1,card,"1,50"\n')


def test_every_file_is_checked_for_its_columns(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"orders\.csv: misses the column id; it has buyer, placed"):
        rows(declared(), tmp_path, orders="buyer,placed\nann,2017-03-01\n")
    with pytest.raises(SourceError, match=r"misses the columns for .*ordered_at \(orders.placed\), status"):
        rows(declared(), tmp_path, orders="id,buyer\n1,ann\n")
    with pytest.raises(SourceError, match=r"items0\.csv: misses the column order_id"):
        rows(declared(), tmp_path, "sku,price,n\ntea,1,1\n", orders=HEADERS)


def test_a_join_may_follow_another(tmp_path: Path) -> None:
    joins = {
        "orders": {"files": "orders.csv", "key": {"order_id": "id"}},
        "people": {"files": "people.csv", "key": {"orders.buyer": "key"}, "extra": "ignore"},
    }
    found = declared(COLUMNS | {"customer": "people.mail"}, joins)
    read = rows(found, tmp_path, orders=HEADERS, people="key,mail\nann,ann@x.org\nbob,bob@x.org\nzoe,z@x.org\n")
    assert [r["customer"] for r in read] == ["ann@x.org", "ann@x.org", "bob@x.org"]


def test_names_that_differ_in_case_alone_are_two_columns(tmp_path: Path) -> None:
    found = declared(COLUMNS | {"product_name": "orders.Buyer"})
    read = rows(
        found, tmp_path, orders="id,buyer,Buyer,placed,state\n1,ann,Ann A.,2017-03-01,paid\n2,b,B.,2017-03-01,\n"
    )
    assert [(r["customer"], r["product_name"]) for r in read][1:] == [("ann", "Ann A."), ("b", "B.")]


def test_several_files_of_one_date_are_one_content_with_rows_numbered_through(tmp_path: Path) -> None:
    read = rows(declared(), tmp_path, [ITEMS, "order_id,n,sku,price\n2,2,pot,3\nragged\n2,3,cup,4\n"], orders=HEADERS)
    assert [(r["row_number"], r["reject_reason"]) for r in read] == [
        *[(n, None) for n in (1, 2, 3, 4)],
        (5, "wrong_column_count"),
        (6, None),
    ]


@pytest.mark.parametrize(
    ("join", "problem"),
    [
        ({"or ders": {"files": "o.csv", "key": "id"}}, "a name is letters, digits and _"),
        (
            {"a": {"files": "a.csv", "key": {"b.x": "id"}}, "b": {"files": "b.csv", "key": "id"}},
            "b, which must stand before",
        ),
        ({"a": {"files": "a_{date}.csv", "key": "id"}}, "own files need {date} too"),
        ({"a": {"files": "a.csv", "key": "id", "combine": {"id": "sum"}}}, "id is a key"),
        ({"a": {"files": "a.csv", "key": {}}}, "name the column that both files have"),
    ],
)
def test_joins_that_cannot_be_done_are_refused_with_the_mapping(join: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        declared(joins=join)


# --- arithmetic between columns


def calculated(amount: dict[str, Any], text: str, tmp_path: Path) -> list[Any]:
    columns = {"order_id": "id", "ordered_at": "at", "amount": amount}
    path = tmp_path / "orders.csv"
    path.write_text(text)
    read = reading.read(declared(columns, {}), "orders", path, 7, "orders.csv")
    return [r["reject_reason"] or r["amount"] for batch in read for r in batch.to_pylist()]


def test_total_without_shipping_and_tax(tmp_path: Path) -> None:
    rule = {"sum": ["total"], "minus": ["shipping", "tax"]}
    text = "id,at,total,shipping,tax\n1,2017-03-01,119,4.90,19\n2,2017-03-01,50,,\n"
    text += "3,2017-03-01,,4.90,\n4,2017-03-01,9,x,\n"
    assert calculated(rule, text, tmp_path) == [Decimal("95.1"), Decimal(50), "missing_amount", "bad_amount"]


def test_price_times_quantity_less_a_discount(tmp_path: Path) -> None:
    text = "id,at,price,n,off\n1,2017-03-01,14.00,12,0.15\n2,2017-03-01,3,1,\n3,2017-03-01,3,,0\n4,2017-03-01,3,1,15\n"
    rule = {"sum": ["price"], "times": ["n"], "less_share": "off"}
    assert calculated(rule, text, tmp_path) == [Decimal("142.8"), Decimal(3), "missing_amount", "bad_amount"]
    text = "id,at,price,off\n1,2017-03-01,9.99,15%\n2,2017-03-01,9.99,7.5\n3,2017-03-01,9.99,101\n"
    found = calculated({"sum": ["price"], "less_percent": "off"}, text, tmp_path)
    assert found == [Decimal("8.4915"), Decimal("9.2408"), "bad_amount"]


def test_arithmetic_without_a_sum_is_refused() -> None:
    with pytest.raises(ValueError, match="go with sum"):
        declared(COLUMNS | {"amount": {"names": ["price"], "minus": ["tax"]}}, {})


# --- as a delivery


SEVERAL = """
shop: tea
time_zone: America/New_York
currency: USD
country: US
orders:
  files: "{shop}/items_{date}.csv"
  join:
    orders: {files: "{shop}/orders_{date}.csv", key: {order_id: id}}
  columns:
    order_id: order_id
    line_number: n
    product: sku
    amount: price
    customer: orders.buyer
    ordered_at: orders.placed
    status: orders.state
  customer:
    columns: {customer: orders.buyer}
refunds:
  files: "{shop}/refunds_{date}.csv"
  columns: {order_id: order, refund_id: id, refund_amount: back, refunded_at: at}
"""


@pytest.fixture
def several(tea: Shop) -> Shop:
    """The shop delivers order lines, orders and refunds in three files."""
    Path(tea.business.sources[0]).write_text(SEVERAL)
    tea.validated = True
    return tea


def deliver(shop: Shop, **files: str) -> None:
    for name, text in files.items():
        path = shop.folder / "tea" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_file_of_lines_that_is_sent_again_alone_corrects_its_orders(several: Shop, query) -> None:
    deliver(several, **{"items_2017-03-01": ITEMS, "orders_2017-03-01": HEADERS})
    assert several.take("2017-03-01")["lines_published"] == 3
    assert several.take("2017-03-01")["unchanged"] == 3
    assert query("select count(*) from crm.customer where external_id in ('ann', 'bob')") == [(2,)]
    deliver(several, **{"items_2017-03-01": ITEMS.replace("25.50", "20.00")})
    counts = several.take("2017-03-01")
    assert (counts["lines_published"], counts["unchanged"]) == (2, 1)
    deliver(several, **{"orders_2017-03-01": HEADERS.replace("11:00:00,paid", "11:00:00,cancelled")})
    assert several.take("2017-03-01")["lines_published"] == 1
    found = query("select order_id, amount::int, status from crm.orders where known_until is null order by 1")
    assert found == [("1", 30, "paid"), ("2", 10, "cancelled")]


def test_orders_without_their_file_of_refunds_are_told(several: Shop) -> None:
    deliver(several, **{"items_2017-03-01": ITEMS, "orders_2017-03-01": HEADERS})
    told: list[str] = []
    several.ingest("2017-03-01", progress=told.append)
    assert told[0] == "tea/items_2017-03-01.csv: no file of refunds came with it"


def test_a_delivery_without_one_of_its_files_is_refused(several: Shop, query) -> None:
    deliver(several, **{"items_2017-03-01": ITEMS})
    with pytest.raises(LandingError, match=r"not the orders that the mapping .* looked for .*orders_2017-03-01\.csv"):
        several.ingest("2017-03-01")
    assert query("select count(*) from crm.file_version") == [(0,)]


def test_a_refund_of_a_later_file_belongs_to_the_buyer_of_the_earlier_order(several: Shop, query) -> None:
    deliver(several, **{"items_2017-03-01": ITEMS, "orders_2017-03-01": HEADERS})
    several.take("2017-03-01")
    later = {"items_2017-03-02": "order_id,n,sku,price\n9,1,tea,7\n"}
    later |= {"orders_2017-03-02": "id,buyer,placed,state\n9,eve,2017-03-02 10:00:00,paid\n"}
    refunds = "id,order,back,at\nr1,1,5.50,2017-03-02 09:00:00\nr2,9,7.00,2017-03-02 12:00:00\nr3,1,x,2017-03-02\n"
    deliver(
        several, **later, **{"refunds_2017-03-02": refunds + "".join(f"q{n},2,0.10,2017-03-02\n" for n in range(9))}
    )
    counts = several.take("2017-03-02")
    assert (counts["lines_read"], counts["rejected"]) == (13, {"bad_amount": 1})
    found = query(
        "select c.external_id, r.refund_id, r.amount::float from crm.refund as r inner join crm.customer as c"
        " on r.customer_id = c.customer_id where r.refund_id like 'r%' order by 2"
    )
    assert found == [("ann", "r1", 5.5), ("eve", "r2", 7.0)]
    assert several.take("2017-03-02")["unchanged"] == 13


def refunds(shop: Shop, on: str, *rows: str) -> list[str]:
    """Take a date in whose only news are these refunds (id,order,back,at); what validation says of them."""
    news = {f"items_{on}": "order_id,n,sku,price\n", f"orders_{on}": "id,buyer,placed,state\n"}
    deliver(shop, **news, **{f"refunds_{on}": "\n".join(["id,order,back,at", *rows, ""])})
    delivery = shop.ingest(on)
    said = validate(shop.warehouse, delivery)["warnings"]
    publish(shop.warehouse, shop.business, delivery)
    return [text for text in said if "larger than" in text]


def left(query) -> list[tuple[float, float]]:
    """Net of the orders, and net of all days: the same money."""
    return query(
        "select (select sum(net_amount)::float from mart.orders), (select sum(net)::float from mart.daily_sales)"
    )


def test_refunds_in_other_files_than_their_order_leave_no_less_than_nothing_and_what_exceeds_is_said(
    several: Shop, query
) -> None:
    deliver(several, **{"items_2017-03-01": ITEMS, "orders_2017-03-01": HEADERS})
    several.take("2017-03-01")
    assert left(query) == [(45.5, 45.5)]
    assert refunds(several, "2017-03-02", "r1,2,8.00,2017-03-02") == []
    (said,) = refunds(several, "2017-03-03", "r2,2,8.00,2017-03-03")
    assert "1 order has refunds that are larger than what was paid for the goods, 6.00 more" in said
    assert "for example row 1 of tea/refunds_2017-03-03.csv" in said
    assert left(query) == [(35.5, 35.5)]
    assert refunds(several, "2017-03-04", "r1,2,8.00,2017-03-02") != [], "r1 again, and r2 is still there"
    assert left(query) == [(35.5, 35.5)]


def test_a_refund_that_came_before_its_order_is_held_against_it_when_it_comes(several: Shop, query) -> None:
    assert refunds(several, "2017-02-28", "r1,2,12.00,2017-02-28") == []
    deliver(several, **{"items_2017-03-01": ITEMS, "orders_2017-03-01": HEADERS})
    delivery = several.ingest("2017-03-01")
    (said,) = [text for text in validate(several.warehouse, delivery)["warnings"] if "larger than" in text]
    assert "2.00 more" in said
    publish(several.warehouse, several.business, delivery)
    assert left(query) == [(35.5, 35.5)]


def test_a_single_file_that_is_handed_over_takes_the_others_from_beside_it(several: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "items_2017-03-01.csv").write_text(ITEMS)
    (folder / "orders_2017-03-01.csv").write_text(HEADERS)
    counts = several.take("2017-03-01", files=folder / "items_2017-03-01.csv")
    assert counts["lines_published"] == 3
