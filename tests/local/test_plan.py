"""`make plan`: what is printed and written of a dry run, and that it leaves nothing else behind."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import pytest
import yaml

from crm import business as businesses
from crm import settings
from crm.campaigns.declarations import DeclarationError
from crm.campaigns.planning import plan as decide
from crm.local.home import Home
from crm.local.plan import plan
from crm.runs import RunError

DAY = datetime.date(2017, 11, 20)
SHARED = {
    "kind": "holiday", "title": {"en": "Hello"}, "channels": ["email"], "goal": {"goal": "any_order"},
    "primary_window_days": 10, "template": "thanksgiving", "occasions": [{"name": "hello", "date": "11-21"}],
}  # fmt: skip


@pytest.fixture
def home(tmp_path, monkeypatch, warehouse, query) -> Home:
    """400 reachable customers, a tenth of them placing fake orders, and two campaigns of which one is due."""
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("CRM_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("CRM_CAMPAIGNS", str(tmp_path / "campaigns"))
    monkeypatch.delenv("CRM_BUSINESS", raising=False)
    (tmp_path / "campaigns").mkdir()
    for name, more in (("hello", {"priority": 1, "holdout": 0.2, "variants": ["a", "b"]}),
                       ("other", {"priority": 2, "holdout": 0, "enabled": False})):  # fmt: skip
        text = yaml.safe_dump({"campaign": name, **SHARED, **more})
        (tmp_path / "campaigns" / f"{name}.yaml").write_text(text)
    query(
        """
        with id as (select n from generate_series(1, 400) as n),
        c as (insert into crm.customer select n, 'shop', n::text, false, '2017-01-01' from id),
        p as (
            insert into crm.customer_profile (
                customer_id, valid_from, name, email, email_key, fake_orders, file_version_id
            )
            select n, '2017-01-01', 'Wilhelmina', n || '@example.com', crm.contact_key('email', n || '@example.com'),
                n % 10 = 0, 1 from id
        ),
        a as (
            insert into crm.consent (customer_id, channel, valid_from, granted, file_version_id)
            select n, 'email', '2017-01-01', true, 1 from id where n % 20 <> 0
        ),
        f as (insert into crm.refresh values ('2017-11-20', '', null, null)),
        h as (
            insert into crm.customer_history (customer_id, valid_from, segment, tier, stage)
            select n, '2017-01-01', 'important_value', case when n % 3 = 0 then 'gold' else 'base' end, 'active' from id
        )
        insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on,
            business_date, line_count, quantity, amount, known_on)
        select n, n, 1, 'shop', n::text, 'paid', '2017-11-20', '2017-11-20', '2017-11-20', 1, 1, 10, '2017-11-20'
        from id
        """
    )
    return Home.current()


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def counts(query) -> dict[str, int]:
    tables = query("select schemaname || '.' || tablename from pg_tables where schemaname in ('crm', 'staging')")
    return {table: query(f"select count(*) from {table}")[0][0] for (table,) in tables}


def test_it_prints_counts_reasons_arms_tiers_cost_and_samples_and_writes_every_decision(home, query, capsys):
    before = counts(query)
    plan(home, "2017-11-20")
    assert counts(query) == before
    shown, decisions = capsys.readouterr().out, rows_of(home.folder / "plans" / "2017-11-20.csv")
    assert len(decisions) == 400
    by = lambda **wanted: sum(all(row[k] == v for k, v in wanted.items()) for row in decisions)  # noqa: E731
    included, held_out = by(decision="include"), by(decision="hold_out", arm="control")
    assert f"400 candidates = {included} written to + {held_out} held out" in shown
    assert "Sending costs 0." in shown
    lines = [line.split() for line in shown.splitlines()]
    place = lines.index(["no", "consent", "is", "known", "20", "20"])
    assert lines[place + 1] == ["places", "fake", "orders", "20", "40"]
    assert by(reason="no_consent", reasons="no_consent;fake_orders") == 20
    for tier in ("base", "gold"):
        line = [tier, str(by(tier=tier, decision="include")), str(by(tier=tier, decision="hold_out"))]
        assert line in lines
    for variant in ("a", "b"):
        assert by(variant=variant, decision="include", channel="email", segment="important_value", stage="active") > 50
    assert "Dear Alex Sample," in shown
    assert "Subject: " in shown
    said = shown + (home.folder / "plans" / "2017-11-20.csv").read_text()
    assert "Wilhelmina" not in said
    assert "1@example.com" not in said
    assert decisions[0]["planned_send_at"] == "2017-11-21 15:00:00Z"


def test_one_campaign_alone_is_decided_with_the_others_and_has_a_file_of_its_own(home, capsys):
    plan(home, "2017-11-20", "other")
    decisions = rows_of(home.folder / "plans" / "2017-11-20-other.csv")
    assert {row["campaign"] for row in decisions} == {"other"}
    assert sum(row["reason"] == "lower_priority" for row in decisions) > 300
    assert "\nhello  " not in capsys.readouterr().out


def test_a_day_without_campaigns_and_a_broken_template_are_told(home, query, capsys):
    plan(home, "2017-11-10")
    shown = capsys.readouterr().out
    assert "No campaign was due" in shown
    assert "Orders are published up to no date yet" in shown
    assert "No birthday is known, so birthday campaigns find nobody: map customers.columns.birthday." in shown
    assert "No customer has an e-mail address" not in shown
    file = home.folder / "campaigns" / "hello.yaml"
    file.write_text(file.read_text().replace("template: thanksgiving", "template: gone"))
    plan(home, "2017-11-20")
    assert "hello: its messages cannot be written: " in capsys.readouterr().out
    assert len(rows_of(home.folder / "plans" / "2017-11-20.csv")) == 400


def test_a_wrong_date_or_campaign_is_told(home):
    with pytest.raises(RunError, match=r"DATE \(the business date\) is '', not a date"):
        plan(home, "")
    with pytest.raises(DeclarationError, match="there are hello"):
        plan(home, "2017-11-20", "hullo")
    assert not (home.folder / "plans").exists()


def test_the_file_holds_what_is_then_really_decided(home, warehouse, query):
    plan(home, "2017-11-20")
    decide(warehouse, businesses.load(settings.INCLUDE / "business.yaml"), DAY, mode="live")
    columns = ("customer_id", "decision", "reason", "arm", "variant", "channel", "segment", "tier", "stage", "epoch")
    decided = query(f"select {', '.join(columns)} from crm.decision order by customer_id")
    written = rows_of(home.folder / "plans" / "2017-11-20.csv")
    assert [tuple("" if cell is None else str(cell) for cell in row) for row in decided] == [
        tuple(row[column] for column in columns) for row in written
    ]


def test_a_date_within_a_loaded_range_goes_by_the_cycles_of_then_and_keeps_none_of_them(home, query, capsys):
    """200 of them bought tea every 30 days from January to June and every 15 since; calibrated in November alone."""
    query(
        "insert into crm.product (product_id, valid_from, shop, external_id, category, file_version_id)"
        " values (1, '2017-01-01', 'shop', '1', 'tea', 1)"
    )
    query(
        """
        with bought as (
            select n, 1000 * n + row_number() over (partition by n order by day) as key, day::date as day
            from generate_series(1, 200) as n
            cross join lateral (
                select generate_series(timestamp '2017-01-10', '2017-06-09', interval '30 days') as day
                union all
                select generate_series(timestamp '2017-06-24', '2017-11-15', interval '15 days')
            ) as days
        ), o as (
            insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at,
                ordered_on, business_date, line_count, quantity, amount, known_on)
            select n, key, 1, 'shop', key::text, 'paid', day, day, day, 1, 1, 10, day from bought
        )
        insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity, amount)
        select n, key, 1, 1, 1, 1, 10 from bought
        """
    )
    query(
        "insert into crm.repurchase_cycle (calibrated_on, level, item_key, cycle_days, intervals, open_intervals,"
        " customers, repeat_share, expected_value) values ('2017-11-20', 'category', 'tea', 15, 999, 9, 200, 1, 10)"
    )
    query(
        "insert into crm.repurchase_rhythm (customer_id, level, item_key, valid_from, cycle_days, intervals,"
        " last_bought_on, expected_on) select n, 'category', 'tea', '2017-11-20', 15, 9, '2017-11-06', '2017-11-21'"
        " from generate_series(1, 200) as n"
    )
    repurchase = {**SHARED, "campaign": "again", "kind": "repurchase", "priority": 1, "holdout": 0, "lead_days": 0}
    del repurchase["occasions"]
    (home.folder / "campaigns" / "again.yaml").write_text(yaml.safe_dump({**repurchase, "template": "repurchase"}))
    before = counts(query)
    kept = query("select * from crm.repurchase_rhythm order by customer_id")
    plan(home, "2017-06-08", "again")  # 30 days after 10 May is sent on 9 June
    decisions = rows_of(home.folder / "plans" / "2017-06-08-again.csv")
    assert {row["instance"] for row in decisions} == {"category:tea:2017-05-10"}
    assert len(decisions) == 200
    assert counts(query) == before
    assert query("select * from crm.repurchase_rhythm order by customer_id") == kept
    assert "200 candidates" in capsys.readouterr().out


def test_a_campaign_that_is_due_in_two_weeks_gets_its_dry_run_now_on_todays_data(home):
    file = home.folder / "campaigns" / "hello.yaml"
    file.write_text(file.read_text().replace("11-21", "12-05"))
    plan(home, "2017-12-04")
    rows = rows_of(home.folder / "plans" / "2017-12-04.csv")
    assert len(rows) == 400
    assert {row["send_date"] for row in rows} == {"2017-12-05"}
    included = [row for row in rows if row["decision"] == "include"]
    assert len(included) > 200
    assert {row["stage"] for row in included} == {"new"}, "computed from the orders that are known today"


def test_campaigns_that_are_switched_off_are_named(home, capsys):
    plan(home, "2017-11-20")
    assert "Switched off, and asked only by name: other." in " ".join(capsys.readouterr().out.split())
    plan(home, "2017-11-20", "other")
    assert "Switched off" not in capsys.readouterr().out
