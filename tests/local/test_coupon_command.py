"""``make coupons`` writes the file and says what to do when it cannot."""

from __future__ import annotations

import pytest

from crm.local.__main__ import main


@pytest.fixture
def home(warehouse, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("CRM_WAREHOUSE_URL", warehouse.url.replace("+psycopg", ""))
    return tmp_path


def test_the_codes_are_written_below_the_home_and_not_printed(home, query, capsys):
    query("insert into crm.customer values (1, 'shop', 'c-1', false, '2017-11-01')")
    query(
        "insert into crm.coupon (customer_id, campaign, occasion, business_date, code, threshold, value, currency,"
        " starts_on, expires_on) values (1, 'deal', '2017', '2017-11-20', 'THECODE', 150, 10, 'USD', '2017-11-21',"
        " '2017-11-30')"
    )
    assert main(["coupons", "--campaign", "deal", "--date", "2017-11-20", "--format", ""]) == 0
    (file,) = (home / "coupons").iterdir()
    assert file.read_text() == (
        "code,threshold,value,currency,starts,expires,shop,customer\n"
        "THECODE,150,10,USD,2017-11-21,2017-11-30,shop,c-1\n"
    )
    said = capsys.readouterr().out
    assert f"1 codes of deal in {file}" in said
    assert "THECODE" not in said


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--campaign", "", "--date", "2017-11-20"], "make coupons CAMPAIGN=<campaign> DATE=<business date>"),
        (["--campaign", "deal", "--date", "20.11.2017"], "DATE is '20.11.2017', not a date"),
        (["--campaign", "deal", "--date", "2017-11-20"], "no coupons of deal were issued for 2017-11-20"),
    ],
)
def test_what_is_missing_is_told_without_a_trace(home, capsys, options, told):
    assert main(["coupons", *options]) == 1
    assert told in capsys.readouterr().err
