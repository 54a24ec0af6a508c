"""Codes: one for each customer, drawn once, exported for the shop platform."""

from __future__ import annotations

import csv
import datetime
import re
import threading

import pytest
from test_deciding import add_many
from test_offers import DAY, FITTED

from crm import settings

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
NOON = datetime.datetime(2017, 11, 20, 12, tzinfo=datetime.UTC)


@pytest.fixture
def deal(planner):
    planner.declare("deal", offer={"coupon": {**FITTED, "valid_days": 5}}, holdout=0.2)
    return planner


def codes(query) -> dict[int, str]:
    return dict(query("select customer_id, code from crm.coupon"))


def test_codes_are_unique_unmistakable_and_checked(shop, deal, query):
    add_many(query, 2000)
    deal.plan()
    found = codes(query)
    assert len(set(found.values())) == len(found) > 1500
    assert all(re.fullmatch(f"[{ALPHABET}]{{12}}", code) for code in found.values())
    assert query("select bool_and(right(code, 1) = crm.coupon_check(left(code, 11))) from crm.coupon") == [(True,)]
    assert query("select code, customer_id from crm.coupon_code order by 2") == query(
        "select code, customer_id from crm.coupon order by 2"
    )
    used = set("".join(code[:11] for code in found.values()))
    assert used == set(ALPHABET)


def test_most_mistyped_codes_are_found_without_a_look_up(query):
    (not_found,) = query("""
        with bodies as (select crm.coupon_body('seed', n::text) as body from generate_series(1, 2000) as n),
        right_ones as (select body || crm.coupon_check(body) as code from bodies),
        wrong_ones as (
            select overlay(code placing case substr(code, 4, 1) when '7' then '8' else '7' end from 4 for 1) as code
            from right_ones
        )
        select count(*) from wrong_ones where right(code, 1) = crm.coupon_check(left(code, 11))
    """)[0]
    assert not_found < 120  # 1 in 31 is 65


def test_a_rerun_and_two_passes_at_once_issue_once(shop, deal, query):
    add_many(query, 200)
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(deal.plan())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = codes(query)
    assert results[0] == results[1] == results[2]
    assert len(first) == results[0][0]["included"]
    deal.plan()
    assert codes(query) == first


def test_two_customers_with_one_code_are_refused_by_the_key(shop, deal, query):
    import psycopg

    shop.reachable()
    deal.declare("deal", offer={"coupon": FITTED})
    deal.plan()
    with pytest.raises(psycopg.errors.UniqueViolation):
        query("insert into crm.coupon_code select code, 99 from crm.coupon")


def exported(warehouse, business, tmp_path, file_format: str) -> list[dict[str, str]]:
    from crm.campaigns.coupons import export

    folder = tmp_path / "coupons"
    file, count = export(warehouse, business, "deal", DAY, file_format=file_format, folder=folder, now=NOON)
    with file.open(newline="", encoding="utf-8") as rows:
        found = list(csv.DictReader(rows))
    assert len(found) == count
    assert file.stat().st_mode & 0o777 == 0o600
    return found


def test_a_generic_file_holds_every_code_once_with_its_terms(shop, deal, query, warehouse, tmp_path):
    for amount in (50, 120, 400):
        shop.order(shop.reachable(bought=[]), DAY, amount=amount)
    deal.declare("deal", offer={"coupon": {**FITTED, "valid_days": 5}})
    deal.plan()
    rows = exported(warehouse, deal.business, tmp_path, "generic")
    assert {int(row["customer"]): row["code"] for row in rows} == codes(query)
    assert [tuple(row.values())[1:] for row in sorted(rows, key=lambda row: row["customer"])] == [
        ("70", "4", "USD", "2017-11-21", "2017-11-25", "shop", "1"),
        ("150", "10", "USD", "2017-11-21", "2017-11-25", "shop", "2"),
        ("500", "35", "USD", "2017-11-21", "2017-11-25", "shop", "3"),
    ]
    assert query("select distinct exported_at from crm.coupon") == [(NOON,)]
    assert exported(warehouse, deal.business, tmp_path, "generic") == rows


def test_what_a_spreadsheet_would_compute_stands_in_the_file_as_the_shop_knows_it_and_the_guide_says_so(
    shop, deal, query, warehouse, tmp_path
):
    customer = shop.reachable(bought=[])
    shop.order(customer, DAY, amount=120)
    query("update crm.customer set external_id = '=1+1' where customer_id = %s", customer)
    deal.declare("deal", offer={"coupon": {**FITTED, "valid_days": 5}})
    deal.plan()
    assert [row["customer"] for row in exported(warehouse, deal.business, tmp_path, "generic")] == ["=1+1"]
    assert "**The files are raw, for an importer**" in (settings.PROJECT / "docs" / "offers.md").read_text()


def test_a_shopify_file_has_the_columns_of_a_discounts_sheet_in_the_zone_of_the_business(
    shop, deal, query, warehouse, tmp_path
):
    shop.order(shop.reachable(bought=[]), DAY, amount=120)
    gift = {"threshold": 0, "value": 5, "assumed_margin": 0.3, "valid_days": 5}
    deal.declare("deal", offer={"coupon": gift})
    deal.plan()
    (row,) = exported(warehouse, deal.business, tmp_path, "shopify")
    assert row == {
        "Title": f"deal deal-2017 {row['Code']}", "Command": "NEW", "Code": codes(query)[1],
        "Type": "Amount off Order", "Method": "Code", "Value Type": "Fixed Amount", "Value": "5",
        "Minimum Requirement": "None", "Minimum Value": "", "Limit Total Times": "1",
        "Limit One Use Per Customer": "TRUE", "Starts At": "2017-11-21T05:00:00Z", "Ends At": "2017-11-26T05:00:00Z",
    }  # fmt: skip
    assert next((tmp_path / "coupons").iterdir()).name == "deal-2017-11-21.shopify-discounts.csv"


def test_nothing_to_export_says_what_to_do(shop, deal, warehouse, tmp_path):
    from crm.campaigns.coupons import CouponError, export

    with pytest.raises(CouponError, match="no coupons of deal were issued for 2017-11-20: is the date planned"):
        export(warehouse, deal.business, "deal", DAY, file_format="generic", folder=tmp_path, now=NOON)
    with pytest.raises(CouponError, match="give one of generic, shopify"):
        export(warehouse, deal.business, "deal", DAY, file_format="excel", folder=tmp_path, now=NOON)
    assert list(tmp_path.glob("*.csv")) == []
