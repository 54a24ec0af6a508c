"""Orders after a send become conversions."""

from __future__ import annotations

import pytest

from crm.evaluation.collecting import collect


@pytest.fixture
def sent(facts):
    """Customers 1 (treated), 2 (held out), 3 (excluded); sent on 21 November at 10:00, windows up to 30 days."""
    facts.delivered("2017-11-21")
    declaration = facts.declared("thanksgiving", "holiday")
    arms = [(1, "treatment", "loyal"), (2, "control", "loyal"), (3, "opted_out", "loyal")]
    facts.decisions(arms, declaration=declaration, send_at="2017-11-21T10:00")
    return facts


def found(as_of: str | None, **counts: int) -> dict:
    return {"as_of": as_of, "coupon_uses": 0, **counts}


def conversions(facts):
    return facts.select(
        "select customer_id, meets_goal, after::text, file_version_id from crm.conversion order by 1, 3, 4"
    )


def test_orders_in_the_window_of_treated_and_held_out_customers_convert_and_no_others(sent, warehouse, business):
    file = sent.file("2017-11-22")
    rows = [
        (1, "before", "2017-11-21T09:59:59", 5),
        (1, "at once", "2017-11-21T10:00", 5),
        (2, "last moment", "2017-12-21T09:59:59", 5),
        (2, "too late", "2017-12-21T10:00", 5),
        (3, "excluded", "2017-11-22T10:00", 5),
        (4, "never a candidate", "2017-11-22T10:00", 5),
    ]
    sent.orders(rows, file=file)
    assert collect(warehouse, business) == found("2017-11-21", files=1, plans=1, conversions=2)
    assert [row[:3] for row in conversions(sent)] == [(1, True, "00:00:00"), (2, True, "29 days 23:59:59")]


@pytest.mark.parametrize("status", ["unpaid", "cancelled"])
def test_only_paid_orders_convert(sent, warehouse, business, status):
    sent.orders([(1, "a", "2017-11-22T10:00", 5)], file=sent.file("2017-11-22"), status=status)
    collect(warehouse, business)
    assert conversions(sent) == []


def test_collecting_again_changes_nothing(sent, warehouse, business):
    sent.orders([(1, "a", "2017-11-22T10:00", 5)], file=sent.file("2017-11-22"))
    collect(warehouse, business)
    before = sent.select("select c.xmin, c.* from crm.conversion c"), sent.select("select xmin from crm.collected_file")
    assert collect(warehouse, business) == found("2017-11-21", files=0, plans=0, conversions=0)
    assert before == (
        sent.select("select c.xmin, c.* from crm.conversion c"),
        sent.select("select xmin from crm.collected_file"),
    )


def test_a_file_that_failed_first_is_collected_when_it_is_published_under_its_old_number(sent, warehouse, business):
    failed = sent.file("2017-11-22", status="failed")
    sent.file("2017-11-23")
    collect(warehouse, business)
    sent.orders([(1, "a", "2017-11-22T10:00", 5)], file=failed)
    sent.run("update crm.file_version set status = 'published' where file_version_id = %s", [(failed,)])
    assert collect(warehouse, business)["conversions"] == 1


def test_a_plan_made_after_the_orders_came_in_finds_them(facts, warehouse, business):
    facts.delivered("2017-11-22")
    facts.orders([(1, "a", "2017-11-22T10:00", 5)], file=facts.file("2017-11-22"))
    assert collect(warehouse, business)["conversions"] == 0
    declaration = facts.declared("thanksgiving", "holiday")
    facts.decisions([(1, "treatment", None)], declaration=declaration, send_at="2017-11-21T10:00")
    assert collect(warehouse, business) == found("2017-11-22", files=0, plans=1, conversions=1)


def test_a_longer_window_is_collected_anew(sent, warehouse, business):
    sent.orders([(1, "a", "2018-01-10T10:00", 5)], file=sent.file("2018-01-10"))
    assert collect(warehouse, business)["conversions"] == 0
    longer = business.model_copy(update={"evaluation": business.evaluation.model_copy(update={"windows_days": [60]})})
    assert collect(warehouse, longer)["conversions"] == 1
    assert collect(warehouse, longer) == found("2017-11-21", files=0, plans=0, conversions=0)


def test_every_version_of_an_order_is_kept(sent, warehouse, business):
    sent.orders([(1, "a", "2017-11-22T10:00", 5)], file=sent.file("2017-11-22"))
    collect(warehouse, business)
    sent.run("update crm.orders set known_until = '2017-11-25'", [()])
    sent.orders([(1, "a", "2017-11-22T10:00", 9)], file=sent.file("2017-11-25"))
    assert collect(warehouse, business)["conversions"] == 1
    assert len(conversions(sent)) == 2


GOALS = [
    ("any_order", None, True),
    ("minimum_value", "5", True),
    ("minimum_value", "5.01", False),
    ("product", "77", True),
    ("product", "SKU-7", True),
    ("product", "SKU-8", False),
    ("category", "GROCERY", True),
    ("category", "GROCERY > SOFT DRINKS", True),
    ("category", "GROCERY > SOFT DRINKS > COLA", True),
    ("category", "GROCERY > SOFT", False),
    ("category", "DRUG", False),
]


def test_the_declared_goal_decides_which_orders_meet_it(facts, warehouse, business):
    facts.delivered("2017-11-21")
    facts.product(77, "GROCERY > SOFT DRINKS > COLA", external_id="SKU-7")
    for number, (goal, item, _) in enumerate(GOALS):
        declaration = facts.declared(f"goal_{number:02}", "holiday", goal=goal)
        more = {"send_at": "2017-11-21T10:00", "goal": goal, "goal_item": item}
        facts.decisions([(1, "treatment", None)], declaration=declaration, **more)
    facts.orders([(1, "a", "2017-11-22T10:00", 5)], file=facts.file("2017-11-22"), product=77)
    collect(warehouse, business)
    found = facts.select("select meets_goal from crm.conversion order by campaign")
    assert [row[0] for row in found] == [meets for _, _, meets in GOALS]


def test_the_category_is_the_one_known_when_the_order_was(facts, warehouse, business):
    facts.delivered("2017-11-21")
    facts.product(77, "OLD")
    facts.run("update crm.product set valid_to = '2017-12-01'", [()])
    facts.product(77, "NEW", valid_from="2017-12-01")
    declaration = facts.declared("soda", "holiday", goal="category")
    more = {"goal": "category", "goal_item": "OLD"}
    facts.decisions([(1, "treatment", None)], declaration=declaration, send_at="2017-11-21T10:00", **more)
    facts.orders([(1, "a", "2017-11-22T10:00", 5)], file=facts.file("2017-11-22"), product=77)
    facts.orders([(1, "b", "2017-12-02T10:00", 5)], file=facts.file("2017-12-02"), product=77)
    collect(warehouse, business)
    assert facts.select("select meets_goal from crm.conversion order by ordered_at") == [(True,), (False,)]


def test_a_date_counts_as_published_when_every_shop_has_delivered(facts, warehouse, business):
    facts.delivered("2017-11-25")
    facts.delivered("2017-11-23", shop="second")
    assert collect(warehouse, business)["as_of"] == "2017-11-23"


def test_before_the_first_delivery_there_is_no_date(warehouse, business):
    assert collect(warehouse, business) == found(None, files=0, plans=0, conversions=0)
