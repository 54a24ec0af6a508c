"""The presets on files as the platforms export them, and on real data with known figures."""

from __future__ import annotations

import datetime
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from canonical_rows import read

from crm.orders import mapping, reading

DATA = Path(__file__).parent / "data"


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def table(preset: mapping.Mapping, path: Path) -> pa.Table:
    return pa.Table.from_batches(reading.read(preset, "orders", path, 1, path.name))


def test_shopify_lines_add_up_to_the_subtotal_and_carry_what_the_first_row_says() -> None:
    rows = read(mapping.load("shopify_orders"), DATA / "shopify_orders.csv")
    names = ("order_id", "customer", "product", "amount", "discount", "shipping_fee", "status", "coupon_codes")
    assert picked(rows, *names) == [
        ("#1001", "ann@example.com", "TEA-G", Decimal(36), Decimal(4), Decimal(5), "shipped", "SPRING10"),
        ("#1001", "ann@example.com", "POT-1", Decimal(54), Decimal(6), None, "shipped", "SPRING10"),
        ("#1002", "bob@example.com", "TEA-G", Decimal(40), Decimal(0), Decimal(0), "paid", None),
        ("#1003", "ann@example.com", "POT-1", Decimal(60), Decimal(0), Decimal(5), "unpaid", None),
        ("#1004", "eve@example.com", "TEA-G", Decimal(20), Decimal(0), Decimal(5), "cancelled", None),
        ("#1005", None, "TEA-G", Decimal(18), Decimal(2), Decimal(0), "shipped", None),
        ("#1006", "kim@example.com", "TEA-G", Decimal(20), Decimal(0), Decimal(0), "paid", None),
        ("#1006", "kim@example.com", "POT-1", Decimal(60), Decimal(0), None, "paid", None),
    ]
    assert [row["reject_reason"] for row in rows] == [None] * 6 + ["foreign_currency_CAD"] * 2
    assert rows[0]["ordered_at"] == rows[1]["ordered_at"] == datetime.datetime(2024, 3, 1, 15, tzinfo=datetime.UTC)
    assert [row["entry_source"] for row in rows[:6]] == ["web"] * 5 + ["pos"]


def test_shopify_refunds_stand_beside_their_order_once() -> None:
    rows = read(mapping.load("shopify_orders"), DATA / "shopify_orders.csv")
    told = [(row["refund_id"], row["refund_amount"]) for row in rows if row["refund_amount"]]
    assert told == [("#1002", Decimal(15))]
    assert rows[1]["refund_amount"] is None


def test_a_full_shopify_refund_of_shipping_and_tax_leaves_exactly_nothing_of_the_goods() -> None:
    header, *rows = (DATA / "shopify_orders.csv").read_text(encoding="utf-8").split("#1002,", 1)
    tail = rows[0].split("\n", 1)[0]
    tail = tail.replace("partially_refunded", "refunded").replace(",40.00,0.00,0.00,40.00,", ",40.00,6.00,3.68,49.68,")
    first = header.split("\n", 1)[0]
    full, part = (f"{first}\n#1002,{tail.replace(',15.00,', f',{back},')}\n" for back in ("49.68", "10.80"))
    preset = mapping.load("shopify_orders")
    told = [read(preset, content)[0] for content in (full, part)]
    assert picked(told, "amount", "shipping_fee", "refund_amount") == [(40, 6, 40), (40, 6, 10)]


def test_shopify_customers_come_from_the_first_row_of_their_orders() -> None:
    rows = read(mapping.load("shopify_orders"), DATA / "shopify_orders.csv", kind="customers")
    first = [row for row in rows if row["name"]]
    assert picked(first, "customer", "name", "mobile", "country", "region", "consent_email") == [
        ("ann@example.com", "Ann Smith", "+16175550123", "US", "MA", True),
        ("bob@example.com", "Bob Brown", "+15125550147", "US", "TX", False),
        ("ann@example.com", "Ann Smith", "+16175550123", "US", "MA", True),
        ("eve@example.com", "Eve", None, "US", "NV", False),
        ("kim@example.com", "Kim", None, "CA", "ON", False),
    ]


def test_taobao_orders_are_read_from_gbk_with_chinese_headers_and_formula_ids() -> None:
    warnings: Counter[str] = Counter()
    rows = read(mapping.load("taobao_orders"), DATA / "taobao_orders.csv", warnings=warnings)
    assert picked(rows, "order_id", "customer", "quantity", "amount", "shipping_fee", "status", "refund_amount") == [
        ("2024030100000001", "茶香四溢", 2, Decimal(1080), 10, "completed", 0),
        ("2024030100000002", None, 1, Decimal(98), 0, "shipped", 0),
        ("2024030100000003", "茶香四溢", 5, Decimal(0), 0, "unpaid", 0),
        ("2024030100000004", "山间明月", 1, Decimal(200), 0, "refunded", 200),
        ("2024030100000005", "韩梅梅", 1, Decimal(0), 0, "cancelled", 0),
    ]
    assert {row["reject_reason"] for row in rows} == {None}
    assert rows[0]["ordered_at"] == datetime.datetime(2024, 3, 1, 0, 15, 2, tzinfo=datetime.UTC)
    assert rows[3]["ordered_at"] == datetime.datetime(2024, 3, 1, 2, 0, tzinfo=datetime.UTC)
    assert (rows[3]["refund_id"], rows[4]["paid_at"]) == ("2024030100000004", None)
    assert warnings == {"masked_customer": 1, "file_in_gb18030": 1}


def test_taobao_amounts_are_goods_before_refunds_and_postage_is_shipping() -> None:
    header = "订单编号,买家会员名,总金额,买家应付邮费,买家实际支付金额,订单状态,订单创建时间,订单付款时间,退款金额"
    time = "2024-03-01 08:15:02"
    lines = [
        f"T1,甲,88.00,8.00,88.00,交易成功,{time},{time},0.00",
        f"T2,乙,80.00,0.00,30.00,卖家部分发货,{time},{time},50.00",
        f"T3,丙,48.00,8.00,0.00,退款成功,{time},{time},48.00",
        f"T4,丁,20.00,8.00,0.00,等待买家付款,{time},,0.00",
    ]
    content = "\n".join([header, *lines]).encode("gb18030")
    rows = read(mapping.load("taobao_orders"), content)
    assert picked(rows, "amount", "shipping_fee", "refund_amount", "status") == [
        (80, 8, 0, "completed"),
        (80, 0, 50, "shipped"),
        (40, 8, 40, "refunded"),
        (0, 0, 0, "unpaid"),
    ]


def test_taobao_receivers_are_customers_unless_they_are_masked() -> None:
    rows = read(mapping.load("taobao_orders"), DATA / "taobao_orders.csv", kind="customers")
    assert picked(rows, "customer", "name", "mobile", "region") == [
        ("茶香四溢", "王小明", "+8613800138000", "浙江省"),
        ("茶香四溢", "王小明", "+8613800138000", "浙江省"),
        ("山间明月", "李雷", "+8613900139000", "广东省"),
        ("韩梅梅", "韩梅梅", None, "北京"),
    ]


def test_a_tmall_report_without_any_buyer_column_feeds_the_shop_alone() -> None:
    preset = mapping.load("taobao_orders")
    rows = read(preset, DATA / "tmall_order_report.csv")
    assert picked(rows, "customer", "amount", "status", "refund_amount") == [
        (None, 0, "unpaid", 0),
        (None, 21, "paid", 0),
        (None, 37, "paid", 37),
    ]
    assert read(preset, DATA / "tmall_order_report.csv", kind="customers") == []


def test_the_sample_shops_file_is_read_to_the_line() -> None:
    content = (
        "order_id,line,customer_id,product_id,quantity,sales_value,retail_disc,coupon_disc,ordered_at\n"
        "31198570004,1,900,1095275,1,0.5,0,0,2017-01-01T11:53:26Z\n"
        "31198570004,2,900,9878513,1,0.99,0.1,0.5,2017-01-01T11:53:26Z\n"
    )
    rows = read(mapping.load("complete_journey"), content)
    assert picked(
        rows, "order_id", "line_number", "customer", "product", "quantity", "amount", "discount", "status"
    ) == [
        ("31198570004", 1, "900", "1095275", 1, Decimal("0.5"), 0, "paid"),
        ("31198570004", 2, "900", "9878513", 1, Decimal("0.99"), Decimal("0.6"), "paid"),
    ]


def test_the_generic_preset_reads_the_published_sample_orders(shared_data: Path, tmp_path: Path) -> None:
    """Mac Roman, line ends CR alone, dates m/d/yy."""
    copy = tmp_path / "mine.yaml"
    text = (mapping.settings.SOURCES / "generic_orders.yaml").read_text(encoding="utf-8")
    copy.write_text(text.replace("encoding: utf-8", "encoding: mac_roman"), encoding="utf-8")
    found = table(mapping.load(copy), shared_data / "rfm_check" / "sample-orders.csv")
    assert (found.num_rows, pc.count_distinct(found["customer"]).as_py()) == (5009, 793)
    assert found["reject_reason"].null_count == 5009
    assert pc.sum(found["amount"]).as_py() == 2_297_261
    assert {"Neil Französisch", "Peter Bühler"} <= set(found["customer"].to_pylist())


def test_a_file_without_order_ids_keeps_equal_orders_apart(shared_data: Path) -> None:
    content = {"order_id": None, "customer": "customer_id", "ordered_at": "order_date", "amount": "revenue"}
    columns = {name: column for name, column in content.items() if column}
    from canonical_rows import source

    found = table(source(columns), shared_data / "rfm_check" / "rfm_package_orders.csv")
    assert found.num_rows == pc.count_distinct(found["order_id"]).as_py() == 4906
    assert pc.count_distinct(found["customer"]).as_py() == 995


@pytest.fixture(scope="module")
def retail(shared_data: Path) -> pa.Table:
    return table(mapping.load("uci_online_retail"), shared_data / "online_retail" / "online_retail.parquet")


def test_online_retail_is_read_to_the_penny(retail: pa.Table) -> None:
    assert retail.num_rows == 541_909
    assert retail["reject_reason"].null_count == retail.num_rows
    assert pc.sum(retail["amount"]).as_py() - pc.sum(retail["refund_amount"]).as_py() == Decimal("9747747.934")
    known = retail.filter(pc.is_valid(retail["customer"]))
    assert pc.sum(known["amount"]).as_py() - pc.sum(known["refund_amount"]).as_py() == Decimal("8300065.814")


def test_online_retails_lines_without_customer_and_cancellations_are_kept_apart(retail: pa.Table) -> None:
    assert retail["customer"].null_count == 135_080
    assert pc.count_distinct(retail["customer"]).as_py() == 4372
    orders, refunds = (pc.count_distinct(retail[name], mode="only_valid").as_py() for name in ("order_id", "refund_id"))
    assert (orders, refunds, orders + refunds) == (22_064, 3836, 25_900)
    both = pc.and_(pc.is_valid(retail["order_id"]), pc.is_valid(retail["refund_id"]))
    assert not pc.any(both).as_py()
    assert pc.min(retail["refund_amount"]).as_py() > 0


def test_online_retail_as_csv_and_excel_have_the_same_customers_as_parquet(shared_data: Path, tmp_path: Path) -> None:
    original = pq.read_table(shared_data / "online_retail" / "online_retail.parquet").slice(0, 3000)
    preset = mapping.load("uci_online_retail")
    frame = original.to_pandas()
    frame.to_csv(tmp_path / "retail.csv", index=False)
    frame.to_excel(tmp_path / "retail.xlsx", index=False)
    pq.write_table(original, tmp_path / "retail.parquet")
    as_parquet, *others = (table(preset, tmp_path / f"retail.{end}").to_pylist() for end in ("parquet", "csv", "xlsx"))
    assert all(other == as_parquet for other in others)
