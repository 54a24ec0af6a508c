"""`make mapping`: what it proposes can be used at once, or says what a person has to fill in."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from crm import settings
from crm.local.mapping import ProposalError, propose
from crm.orders import mapping, reading
from crm.orders.mapping import MappingError

PLAIN = "order_id,customer_id,created_at,sku,quantity,line_total,status\n"
ROWS = "1,a,2024-03-01 10:00:00,TEA,1,10.00,paid\n2,b,2024-03-02 10:00:00,POT,2,25.50,shipped\n"


@pytest.fixture(autouse=True)
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sources"
    folder.mkdir()
    monkeypatch.setattr(settings, "SOURCES", folder)
    return folder


def proposed(tmp_path: Path, content: bytes | str, name: str = "orders_2024-03-01.csv", shop: str = "mine") -> int:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return propose(str(path), shop)


def rows(tmp_path: Path, name: str = "orders_2024-03-01.csv") -> list[dict[str, object]]:
    batches = reading.read(mapping.load("mine"), "orders", tmp_path / name, 1, name)
    return [row for batch in batches for row in batch.to_pylist()]


def test_a_plain_file_gets_a_mapping_that_reads_it_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert proposed(tmp_path, PLAIN + ROWS) == 0
    assert [(r["order_id"], float(r["amount"]), r["status"]) for r in rows(tmp_path)] == [  # type: ignore[arg-type]
        ("1", 10.0, "paid"),
        ("2", 25.5, "shipped"),
    ]
    assert mapping.load("mine").orders.files == ("orders_{date}.csv",)
    said = capsys.readouterr().out
    assert "tried: 2 rows are read, 0 of them set aside" in said
    assert "time_zone and country: Europe/Berlin and DE go by the currency; correct them" in said
    assert "make load SOURCE=mine" in said


def test_semicolons_decimal_commas_and_dates_with_points_are_seen(tmp_path: Path) -> None:
    text = "Order No;Order Date;Customer ID;SKU;Qty;Line Total\nA1;13.03.2024 10:00;17;TEA;2;1.020,00\n"
    assert proposed(tmp_path, text + "A2;14.03.2024 11:00;18;TEA;1;10,50\n") == 0
    assert [float(r["amount"]) for r in rows(tmp_path)] == [1020.0, 10.5]  # type: ignore[arg-type]


def test_a_chinese_file_in_gbk_is_seen_as_such(tmp_path: Path) -> None:
    text = "订单编号,买家会员名,订单创建时间,宝贝标题,宝贝总数量,买家实际支付金额,订单状态,联系手机\n"
    text += "1,甲乙丙,2024-03-01 08:15:02,茶,1,45.00,交易成功,13800138000\n"
    assert proposed(tmp_path, text.encode("gbk")) == 0
    found = mapping.load("mine")
    assert (found.orders.encoding, found.currency, found.time_zone) == ("gb18030", "CNY", "Asia/Shanghai")
    assert [(r["customer"], r["status"]) for r in rows(tmp_path)] == [("甲乙丙", "completed")]
    assert found.customers is not None
    assert "mobile" in found.customers.columns


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        (PLAIN + "1,a,03/04/2024,T,1,1.00,paid\n", "dates: '03/04/2024' may be %d/%m/%Y or %m/%d/%Y"),
        (PLAIN + '1,a,2024-03-01,T,1,"1,234",paid\n', "amounts: '1,234' may be read as"),
        (PLAIN + "1,a,2024-03-01,T,1,1.00,versandt\n", "status.values: what does 'versandt' mean (1 rows)?"),
        ("order_id,created_at,colour\n1,2024-03-01,red\n", "columns.amount: name the column"),
        ("order_id,line_total,colour\n1,1.00,red\n", "columns.ordered_at: name the column"),
        (
            "order_id,created_at,sku,total\n1,2024-03-01,a,30\n1,2024-03-01,b,30\n2,2024-03-01,a,9\n2,2024-03-01,b,9\n",
            "columns.amount: total is the same in all rows of an order",
        ),
    ],
)
def test_what_only_a_person_knows_is_left_open_and_cannot_be_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, missing: str
) -> None:
    assert proposed(tmp_path, text) == 1
    assert missing in capsys.readouterr().out
    with pytest.raises(MappingError, match=r"mine\.yaml: orders"):
        mapping.load("mine")


PEOPLE = "order_id,customer_id,email,phone,state,created_at,line_total,order_status{}\n"
PERSON = "{},{},{}@example.com,+16145550100,Ohio,2024-03-01 10:00:00,10.00,paid{}\n"


def test_who_agreed_to_messages_is_read_too_and_is_to_be_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = PEOPLE.format(",Accepts Marketing,SMS Opt-In")
    text += PERSON.format(1, "a", "a", ",yes,no") + PERSON.format(2, "b", "b", ",no,maybe")
    assert proposed(tmp_path, text) == 0
    found = mapping.load("mine")
    batches = reading.read(found, "customers", tmp_path / "orders_2024-03-01.csv", 1, "orders_2024-03-01.csv")
    read = [(row["consent_email"], row["consent_sms"], row["region"]) for b in batches for row in b.to_pylist()]
    assert read == [(True, False, "Ohio"), (False, None, "Ohio")]
    said = capsys.readouterr().out
    assert "Accepts Marketing is taken for the consent to marketing by e-mail; is it?" in said
    assert "what does 'maybe' mean in SMS Opt-In? Until it stands there, it is no consent" in said


def test_a_file_without_consents_says_that_nobody_will_be_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert proposed(tmp_path, PEOPLE.format("") + PERSON.format(1, "a", "a", "")) == 0
    said = capsys.readouterr().out
    for consent, address in (("consent_email", "email"), ("consent_sms", "phone")):
        assert (
            f"customer.columns.{consent}: no column says who agreed to it, so no campaign writes to {address}" in said
        )


def test_a_column_that_something_else_is_read_from_is_no_doubt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    proposed(tmp_path, PEOPLE.format("") + PERSON.format(1, "a", "a", ""))
    assert "may be meant" not in capsys.readouterr().out, "the state of the address is no status"


def test_what_an_order_says_once_is_counted_once(tmp_path: Path) -> None:
    text = "order_id,customer_id,created_at,sku,line_total,shipping\n"
    text += "1,a,2024-03-01,T,10.00,4.90\n1,,,P,5.00,4.90\n2,b,2024-03-02,T,7.00,3.00\n2,,,P,7.50,3.00\n"
    proposed(tmp_path, text)
    found = rows(tmp_path)
    assert [r["customer"] for r in found] == ["a", "a", "b", "b"]
    assert sum(float(r["shipping_fee"]) for r in found if r["shipping_fee"] is not None) == 7.9  # type: ignore[arg-type]


def test_a_header_further_down_is_found(tmp_path: Path) -> None:
    assert proposed(tmp_path, "Report of March\n\n" + PLAIN + ROWS) == 0
    assert mapping.load("mine").orders.header_row == 3
    assert len(rows(tmp_path)) == 2


def test_a_mapping_under_which_many_rows_are_set_aside_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert proposed(tmp_path, PLAIN + ROWS + "3,c,2024-03-03,T,1,much,paid\n") == 1
    assert "1 of them set aside (1 x bad_amount)" in capsys.readouterr().out


def test_quotes_that_are_never_closed_are_proposed_as_characters(tmp_path: Path) -> None:
    text = "".join(f'{n},a,2024-03-01 10:00:00,{n}" SHELF,1,1.00,paid\n' for n in range(9))
    assert proposed(tmp_path, PLAIN + '0,a,2024-03-01 10:00:00,"SHELF,1,1.00,paid\n' + text) == 0
    assert len(rows(tmp_path)) == 10


def test_a_workbook_is_looked_at_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (PLAIN + ROWS).splitlines():
        book.active.append(line.split(","))
    book.active.insert_rows(1, 2)
    book.active["A1"] = "Report of March"
    book.save(tmp_path / "sales.xlsx")
    assert propose(str(tmp_path / "sales.xlsx"), "mine") == 0
    assert len(rows(tmp_path, "sales.xlsx")) == 2


def test_without_order_ids_it_says_what_that_means(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proposed(tmp_path, "email,created_at,line_total\nann@example.com,2024-03-01,10.00\n", "sales.csv")
    said = capsys.readouterr().out
    assert "every row is a purchase" in said
    assert "one file serves many dates" in said
    assert "ann@example.com" not in said + (settings.SOURCES / "mine.yaml").read_text(), "no personal data"


def test_other_kinds_of_files_in_a_folder_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for day in ("01", "02"):
        (folder / f"orders_2024-03-{day}.csv").write_text(PLAIN + ROWS)
    (folder / "payments.csv").write_text("order_id,method\n1,card\n")
    assert propose(str(folder), "") == 0
    assert "payments.csv is another kind of file; it shares order_id: see `join`" in capsys.readouterr().out
    assert mapping.load("my_shop").shop == "my_shop"


def test_nothing_is_overwritten_and_nothing_is_made_of_nothing(tmp_path: Path) -> None:
    proposed(tmp_path, PLAIN + ROWS)
    with pytest.raises(ProposalError, match=r"mine\.yaml is there already: give another name"):
        proposed(tmp_path, PLAIN + ROWS)
    with pytest.raises(ProposalError, match="SHOP=My Shop"):
        proposed(tmp_path, PLAIN + ROWS, shop="My Shop")
    with pytest.raises(ProposalError, match="there is no"):
        propose(str(tmp_path / "nothing"), "")
    with pytest.raises(ProposalError, match="give FILES"):
        propose("", "")


def test_a_preset_whose_columns_the_file_has_is_named(
    sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("generic_orders", "taobao_monthly", "taobao_orders", "shopify_orders"):
        (sources / f"{name}.yaml").write_bytes((settings.INCLUDE / "sources" / f"{name}.yaml").read_bytes())
    text = "订单编号,总金额,买家实际支付金额,订单创建时间,退款金额\n1,50.00,20.00,2024-03-01 10:00:00,30.00\n"
    assert proposed(tmp_path, text, "march.csv") == 0
    said = capsys.readouterr().out
    assert "its columns are those of taobao_monthly and taobao_orders, which may read it better" in said
    assert f"make check SOURCE=taobao_monthly FILES={tmp_path / 'march.csv'}" in said
    assert proposed(tmp_path, PLAIN + ROWS, shop="theirs") == 0
    assert proposed(tmp_path, PLAIN + ROWS, shop="theirs_too") == 0
    assert "its columns are those of" not in capsys.readouterr().out, "an earlier proposal is no preset"


def test_files_of_one_name_in_several_folders_are_all_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, text in (("customers", "customer_id,email\na,ann@example.com\n"), ("orders", PLAIN + ROWS)):
        for day in ("2024-03-01", "2024-03-02"):
            path = tmp_path / "delivered" / folder / f"{day}.csv"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    assert propose(str(tmp_path / "delivered"), "mine") == 0
    assert mapping.load("mine").orders.columns["amount"].names == ("line_total",)
    said = capsys.readouterr().out
    assert "customers/2024-03-01.csv is another kind of file; it shares customer_id: see `join`" in said
    assert f"FILES={tmp_path / 'delivered' / 'orders'}" in said
    assert said.count("another kind of file") == 1, "the dates of a folder are one kind"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_chinese_file_with_one_bad_byte_is_refused_with_its_place_rather_than_read_as_western(
    encoding: str, sources: Path, tmp_path: Path
) -> None:
    text = "订单编号,买家会员名,订单创建时间,买家实际支付金额\n1,甲,2024-03-01,5\n"
    with pytest.raises(reading.SourceError, match=r"row 2, column 买家会员名"):
        proposed(tmp_path, text.encode(encoding) + b"2,x\xff,2024-03-01,6\n")
    assert list(sources.iterdir()) == []
