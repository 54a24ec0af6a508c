"""*Segments* tells sizes, movement and thresholds; it counts nothing itself and changes nothing."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
import yaml

from crm.rehearsal import tiers


def _text(answer) -> str:
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_sizes_are_those_of_the_latest_count(desk, seeded, query):
    [(customers,)] = query("select count(*) from crm.customer_state where tier = 'silver'")
    said = _text(desk(warehouse=seeded).get("/segments"))
    assert re.search(rf"silver {customers:,} ", said)
    assert "As of the end of Nov 21, 2017" in said


def test_a_tier_that_emptied_and_one_that_is_new_changed_by_all_their_customers(desk, seeded, query):
    [(silver,)] = query("select customers from crm.standing_size where dimension = 'tier' and value = 'silver'")
    query("insert into crm.standing_size select '2017-10-20', dimension, replace(value, 'silver', 'bronze'), customers,"
          " net_revenue from crm.standing_size")  # fmt: skip
    said = _text(desk(warehouse=seeded).get("/segments?days=30"))
    assert re.search(rf"silver {silver:,} \S+% \S+% \+{silver:,} ", said)
    assert re.search(rf"bronze 0 \S+% \S+% [-\u2212]{silver:,} ", said)


@pytest.mark.parametrize("days", [7, 30, 90])
def test_movement_is_from_where_each_customer_stood_when_the_period_began(desk, seeded, query, days):
    expected = query(f"""
        select coalesce(max(h.tier), 'new'), s.tier, count(*) from crm.customer_state s left join crm.customer_history h
        on h.customer_id = s.customer_id and h.valid_from <= date '2017-11-21' - {days}
        and coalesce(h.valid_to, 'infinity') > date '2017-11-21' - {days} group by h.tier, s.tier""")
    kept = query(
        "select from_value, to_value, customers from crm.standing_move where dimension='tier' and days=%s", days
    )
    assert sorted(kept) == sorted(expected)
    assert sum(row[2] for row in kept) == 5000
    moved = sum(count for was, now, count in expected if was not in (now, "new"))
    assert f"{moved:,} customers" in _text(desk(warehouse=seeded).get(f"/segments?days={days}"))


def test_a_period_before_the_first_refresh_has_no_movement(desk, seeded, query):
    from crm.customers import standings

    query("delete from crm.refresh where as_of < '2017-11-01'")
    assert standings.count(seeded)["periods"] == [7]
    assert "History was not kept for 30 days yet" in _text(desk(warehouse=seeded).get("/segments"))


def test_counting_again_changes_nothing(seeded, query):
    from crm.customers import standings

    tables = ("standing_size", "standing_move", "revenue_spread")
    before = [query(f"select * from crm.{table} order by 1, 2, 3") for table in tables]
    standings.count(seeded)
    assert before == [query(f"select * from crm.{table} order by 1, 2, 3") for table in tables]
    assert all(before)


def test_the_proposal_says_exactly_how_many_customers_each_tier_would_have(desk, seeded, query):
    answer = desk(warehouse=seeded).get("/segments")
    proposed = yaml.safe_load(re.search(r"<pre[^>]*>(.*?)</pre>", answer.text, re.DOTALL)[1].replace("&#34;", '"'))
    bounds = [tier["from_net_revenue"] for tier in proposed["tiers"]]
    assert [tier["name"] for tier in proposed["tiers"]] == ["base", "silver", "gold", "platinum"]
    assert proposed["tiers"][1]["price_percent"] == 95
    for low, high in zip(bounds, [*bounds[1:], 10**9], strict=True):
        [(count,)] = query(
            "select count(*) from crm.customer_state where net_revenue >= %s and net_revenue < %s", low, high
        )
        assert re.search(rf">{count:,}</td>", answer.text)


def test_wished_shares_are_kept_and_impossible_ones_are_told(desk, seeded):
    http = desk(warehouse=seeded)
    assert 'value="30"' in http.get("/segments?top=30&top=5&top=1").text
    for wrong in ("top=5&top=30&top=1", "top=0&top=0&top=0", "top=x&top=1&top=1", "top=30", "top=nan&top=1&top=1"):
        assert "Each share must lie between 0 and 100" in http.get(f"/segments?{wrong}").text, wrong
    assert http.get("/segments?days=8").status_code == 400


def test_an_empty_warehouse_says_who_counts(desk, warehouse):
    assert "evaluate_campaigns" in _text(desk(warehouse=warehouse).get("/segments"))


def test_by_default_each_tier_is_the_top_fifth_of_the_one_below():
    spread = [tiers.Step(Decimal(amount), 1000 - amount) for amount in range(1000)]
    shares = [round(each.share, 3) for each in tiers.propose(spread, tiers.usual(4))]
    assert shares == [0.8, 0.16, 0.032, 0.008]


def test_buyers_who_are_all_alike_get_fewer_tiers():
    assert len(tiers.propose([tiers.Step(Decimal(100), 50)], tiers.usual(4))) == 2
    assert tiers.propose([], tiers.usual(4)) == []
