"""`make check` looks at the files at hand, without a database, and refuses what a load would refuse."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from crm.local import check_files

MAPPING = """
shop: tea
time_zone: UTC
currency: USD
country: US
orders:
  files: "{shop}/orders_{date}.csv*"
  columns: {order_id: order, customer: buyer, ordered_at: at, amount: paid}
  status: {rules: [{column: state, matches: void, becomes: cancelled, optional: true}]}
  customer: {columns: {customer: buyer, name: name}, optional: [name]}
"""
ITEMS = """
shop: tea
time_zone: UTC
currency: USD
country: US
orders:
  files: items.csv
  join: {heads: {files: heads.csv, key: order}}
  columns: {order_id: order, customer: heads.buyer, ordered_at: heads.at, amount: paid}
"""


@pytest.fixture
def landing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty landing place; the settings name one mapping, whose files lie there."""
    folder = tmp_path / "landing"
    folder.mkdir()
    (tmp_path / "tea.yaml").write_text(MAPPING)
    (tmp_path / "items.yaml").write_text(ITEMS)
    settings = {"name": "T", "time_zone": "UTC", "currency": "USD", "country": "US"}
    (tmp_path / "business.yaml").write_text(yaml.safe_dump(settings | {"sources": [str(tmp_path / "tea.yaml")]}))
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CRM_BUSINESS", str(tmp_path / "business.yaml"))
    monkeypatch.setenv("CRM_LANDING", str(folder))
    return folder


def deliver(folder: Path, **files: str) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)


def test_a_landed_file_that_lacks_a_column_is_named_with_the_columns_that_are_near(landing: Path) -> None:
    good = "order,buyer,at,paid\n1,ann,2024-03-01,5\n"
    deliver(landing / "tea", **{"orders_2024-03-01": good, "orders_2024-03-02": good.replace("paid", "Paid")})
    looked = check_files.look()
    [(file, source, what)] = looked.problems
    assert (file, source) == (str(landing / "tea" / "orders_2024-03-02.csv"), "tea")
    assert "misses the column for amount (paid); it has Paid, at, buyer, order; Paid is near to paid" in what
    assert looked.notes == ["tea: the first rows of 4 deliveries were read."], "customers are read from the same rows"


def test_a_landing_place_without_files_has_nothing_wrong(landing: Path) -> None:
    assert check_files.look() == check_files.Looked()


def test_files_that_are_handed_over_are_looked_at_under_their_mapping(landing: Path, tmp_path: Path) -> None:
    deliver(tmp_path / "given", items="order,paid\n1,5\n", heads="order,buyer,when\n1,ann,2024-03-01\n")
    looked = check_files.look(str(tmp_path / "items.yaml"), str(tmp_path / "given"))
    [(file, _, what)] = looked.problems
    assert file == str(tmp_path / "given" / "items.csv")
    assert "misses the column for ordered_at (heads.at); it has heads.buyer, heads.order, heads.when, order" in what
    deliver(tmp_path / "given", heads="order,buyer,at\n1,ann,2024-03-01\n")
    assert check_files.look(str(tmp_path / "items.yaml"), str(tmp_path / "given")).problems == []


def test_a_single_file_may_be_handed_over_whatever_its_name(landing: Path, tmp_path: Path) -> None:
    deliver(tmp_path / "given", export="order;buyer;at;paid\n1;ann;2024-03-01;5\n")
    problems = check_files.look("", str(tmp_path / "given" / "export.csv")).problems
    assert any("misses the columns for order_id (order), customer (buyer)" in what for _, _, what in problems)


@pytest.mark.parametrize(
    ("files", "says"),
    [("nowhere", "does not exist: give FILES"), ("empty", "has no file that tea reads: tea/orders_*.csv*")],
)
def test_files_that_are_not_there_are_a_problem(landing: Path, tmp_path: Path, files: str, says: str) -> None:
    (tmp_path / "empty").mkdir()
    [(_, _, what)] = check_files.look("", str(tmp_path / files)).problems
    assert says in what


def test_a_quote_that_swallows_rows_is_refused_without_a_load(landing: Path) -> None:
    rows = "".join(f"{number},ann,2024-03-01,5\n" for number in range(9))
    deliver(landing / "tea", **{"orders_2024-03-01": f'order,buyer,at,paid\n1,"ann,2024-03-01,5\n{rows}'})
    assert any("has a quote in record 1" in what for _, _, what in check_files.look().problems)


def test_rows_that_would_be_set_aside_are_counted_by_reason_with_their_place(landing: Path) -> None:
    good = "".join(f"{number},ann,2024-03-01,5\n" for number in range(9))
    deliver(landing / "tea", **{"orders_2024-03-01": f"order,buyer,at,paid\n{good}", "orders_2024-03-02": ""})
    deliver(landing / "tea", **{"orders_2024-03-03": f"order,buyer,at,paid\n{good}9,ann,2024-03-02,five\n"})
    looked = check_files.look()
    assert looked.problems == []
    assert looked.notes[1:] == [
        "tea: 1 of 10 rows would be set aside: 1 x bad_amount (column paid), first in row 10 of "
        "tea/orders_2024-03-03.csv (docs/sources.md)"
    ]


def test_a_file_of_which_a_load_sets_too_much_aside_is_a_problem(landing: Path) -> None:
    rows = "1,ann,45352.4167,5\n2,bob,45353,five\n3,cy,45353,6\n"
    deliver(landing / "tea", **{"orders_2024-03-01": f"order,buyer,at,paid\n{rows}"})
    [(_, source, what)] = check_files.look().problems
    assert source == "tea"
    assert "3 of 3 rows would be set aside: 3 x serial_date (column at), first in row 1 of tea/orders_2024" in what


def test_rows_of_an_order_apart_are_refused_where_a_load_refuses_them(landing: Path, tmp_path: Path) -> None:
    rows = "1,ann,2024-03-01,5,9\n2,bob,2024-03-01,5,5\n1,ann,2024-03-01,4,9\n"
    deliver(landing / "tea", **{"orders_2024-03-01": f"order,buyer,at,paid,refund\n{rows}"})
    assert check_files.look().problems == [], "nothing is said once per order: its money is right"
    mapping = yaml.safe_load(MAPPING)
    mapping["orders"]["columns"]["refund_amount"] = "refund"
    mapping["orders"]["every_row"] = ["refund_amount"]
    (tmp_path / "tea.yaml").write_text(yaml.safe_dump(mapping))
    [(_, _, what)] = check_files.look().problems
    assert what.startswith("the rows of 1 order do not follow each other, for example rows 1 and 3; deliver")
