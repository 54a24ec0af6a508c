"""Mappings: every preset loads, and every mistake is named with its file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from canonical_rows import ORDERS, source

from crm import settings
from crm.orders import canonical, mapping

HEAD = "shop: s\ntime_zone: Asia/Shanghai\ncurrency: CNY\ncountry: CN\n"
ORDERS_BLOCK = "orders:\n  files: '{shop}/{date}.csv'\n  columns: {order_id: a, ordered_at: b, amount: c}\n"


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", sorted(p.stem for p in settings.SOURCES.glob("*.yaml")))
def test_every_preset_loads_under_its_file_name(name: str) -> None:
    assert mapping.load(name).name == name


def test_presets_asked_for_are_there() -> None:
    wanted = {"complete_journey", "uci_online_retail", "shopify_orders", "taobao_orders", "generic_orders"}
    assert wanted <= {p.stem for p in settings.SOURCES.glob("*.yaml")}


def test_a_path_is_a_mapping_too_and_its_name_is_the_files(tmp_path: Path) -> None:
    loaded = mapping.load(written(tmp_path, HEAD + ORDERS_BLOCK))
    assert (loaded.name, loaded.shop, loaded.customers) == ("mine", "s", None)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(mapping.MappingError, match=r"complete_journey.*\.yaml"):
        mapping.load("complet_journey")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + ORDERS_BLOCK + "  colums: {}\n", "orders.colums"),
        (HEAD + ORDERS_BLOCK.replace("amount", "amuont"), "no canonical column 'amuont'"),
        (HEAD + ORDERS_BLOCK.replace("ordered_at: b, ", ""), "map ordered_at"),
        (HEAD + ORDERS_BLOCK.replace("amount", "quantity"), "map amount, or quantity and unit_price"),
        (HEAD.replace("Asia/Shanghai", "Peking") + ORDERS_BLOCK, "'Peking' is no IANA time zone"),
        (HEAD.replace("CNY", "RMB¥") + ORDERS_BLOCK, "currency"),
        (HEAD + ORDERS_BLOCK + "  encoding: gbkk\n", "'gbkk' is no encoding"),
        (HEAD + ORDERS_BLOCK + "  dates: dd.mm.yyyy\n", "neither iso nor a strptime format"),
        (HEAD + ORDERS_BLOCK + "  refund: {rows: {column: a, matches: '(?=C)'}}\n", "no regular expression"),
        (HEAD + ORDERS_BLOCK + "  status: {values: {done: finished}}\n", "orders.status.values.done"),
        (HEAD + ORDERS_BLOCK.replace("order_id: a", "order_id: {extract: 'x', names: [a]}"), "(?P<value>"),
        (HEAD + ORDERS_BLOCK + "  first_row_only: [amount]\n", "first_row_only"),
        (HEAD + ORDERS_BLOCK + "  spread_total: true\n", "order_total"),
        (HEAD, "orders: Field required"),
        ("", "is empty"),
        ("a: [", "YAML"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(mapping.MappingError) as error:
        mapping.load(path)
    assert str(path) in str(error.value)
    assert told in str(error.value)


def test_a_mapping_cannot_be_changed_once_loaded() -> None:
    with pytest.raises(ValueError, match="frozen"):
        source().shop = "other"  # type: ignore[misc]


def test_patterns_fill_in_shop_and_date() -> None:
    loaded = mapping.load("complete_journey")
    assert loaded.patterns("orders", "2017-01-01") == ["complete_journey/orders/2017-01-01.csv*"]
    assert loaded.patterns("orders") == ["complete_journey/orders/*.csv*"]


def test_a_pattern_without_date_is_one_file_of_many_dates() -> None:
    assert mapping.load("complete_journey").orders.by_date
    assert not mapping.load("uci_online_retail").orders.by_date


def test_customers_of_order_rows_read_the_same_files() -> None:
    loaded = source(encoding="gbk", customer={"columns": {"customer": "who", "email": "mail"}})
    assert loaded.customers is not None
    assert (loaded.customers.files, loaded.customers.encoding) == (loaded.orders.files, "gbk")
    assert loaded.customers.from_orders


def test_short_and_long_forms_of_a_column_are_the_same() -> None:
    short, long = source({**ORDERS, "product": "sku"}), source({**ORDERS, "product": {"names": ["sku"]}})
    assert short == long


BLOCKS = (mapping.Mapping, mapping.Orders, mapping.Customers, mapping.Products, mapping.Suppressions, mapping.Contacts)
BLOCKS += (mapping.Refunds,)
PARTS = (mapping.Column, mapping.StatusMap, mapping.StatusRule, mapping.Refund, mapping.RefundRows, mapping.Amounts)
PARTS += (mapping.Join,)


def test_every_key_canonical_column_and_reason_is_documented() -> None:
    text = (settings.PROJECT / "docs" / "sources.md").read_text(encoding="utf-8")
    keys = {key for model in (*BLOCKS, *PARTS) for key in model.model_fields} - {"from_orders"}
    columns = {column for kind in mapping.CANONICAL.values() for column in kind}
    assert [word for word in sorted(keys | columns | set(canonical.REASONS)) if word not in text] == []
