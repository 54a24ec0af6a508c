"""What came back to a campaign: baskets, doors and steps of both arms, in the primary window, to the cent."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest
from evaluation_facts import day, instant

from crm.evaluation.collecting import collect
from crm.evaluation.indicators import refresh

SENT = "2017-11-21T10:00"
KEY = ("campaign", "occasion", "wave", "period", "arm")


def shown(facts, view, **where):
    with facts.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute(f"select * from mart.campaign_{view}")
        return [row for row in cursor.fetchall() if all(row[name] == value for name, value in where.items())]


@pytest.fixture
def returned(warehouse, business):
    """Collect and refresh; the counts of the refresh."""

    def run(as_of=None, **more):
        collect(warehouse, business)
        return refresh(warehouse, business, as_of, **more)

    return run


@pytest.fixture
def campaign(facts):
    """Customers 1 to 8 are treated, 9 and 10 held out; a window of ten days from 21 November."""
    facts.delivered("2017-12-31")
    facts.product(1, "FOOD > SODA", external_id="p1")
    facts.product(2, "FOOD > BREAD", external_id="p2")
    facts.product(3, "HOME", external_id="p3")
    rows = [(n, "treatment" if n < 9 else "control", "loyal") for n in range(1, 11)]
    facts.decisions(rows, declaration=facts.declared("thanksgiving", "holiday"), send_at=SENT)
    return facts


def basket(facts, customer, order, lines, *, at="2017-11-22T10:00", **more):
    """One order of (product, amount) lines."""
    file = facts.file(at[:10])
    facts.orders([(customer, order, at, sum(amount for _, amount in lines))], file=file, **more)
    facts.run("delete from crm.order_line where file_version_id = %s", [(file,)])
    facts.run(
        "insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity,"
        " amount) values (%s, crm.key64('shop', %s), %s, %s, %s, 2, %s)",
        [(customer, order, n, file, product, amount) for n, (product, amount) in enumerate(lines, 1)],
    )
    return file


def categories(facts, arm="treated", **where):
    return {row["category"]: row for row in shown(facts, "baskets", arm=arm, **where)}


def test_baskets_are_by_top_category_and_arm(campaign, returned):
    basket(campaign, 1, "a", [(1, 10), (2, 5), (3, 7)])
    basket(campaign, 1, "b", [(1, 10)])
    basket(campaign, 2, "c", [(3, 1), (99, 4)])
    basket(campaign, 9, "d", [(2, 3)])
    returned()
    names = ("customers", "orders", "quantity", "revenue")
    assert {key: [row[name] for name in names] for key, row in categories(campaign).items()} == {
        "FOOD": [1, 2, 6, 25],
        "HOME": [2, 2, 4, 8],
        "": [1, 1, 2, 4],
    }
    (row,) = categories(campaign, "held_out").values()
    assert [row[name] for name in (*names, "bought_rate")] == ["FOOD", 1, 1, 2, 3, 0.5][1:]


def test_cross_sell_is_who_had_never_paid_for_the_category_before_the_send(campaign, returned):
    basket(campaign, 1, "before", [(2, 5)], at="2017-11-20T10:00")
    basket(campaign, 2, "not paid", [(2, 5)], at="2017-11-20T10:00", status="unpaid")
    for n in (1, 2, 3):
        basket(campaign, n, f"{n}", [(1, 10), (3, 1)])
    returned()
    found = categories(campaign)
    assert {key: (row["customers"], row["new_to_category"]) for key, row in found.items()} == {
        "FOOD": (3, 2),
        "HOME": (3, 3),
    }


def test_a_category_that_is_renamed_is_the_same_category(campaign, returned):
    basket(campaign, 1, "before", [(3, 5)], at="2017-11-20T10:00")
    campaign.product(3, "LIVING", external_id="p3", valid_from="2017-11-21")
    basket(campaign, 1, "after", [(3, 5)])
    returned()
    assert {key: row["new_to_category"] for key, row in categories(campaign).items()} == {"LIVING": 0}


def test_a_refund_is_taken_off_its_line_and_one_without_a_line_off_all_by_their_amounts(campaign, returned):
    basket(campaign, 1, "a", [(1, Decimal("10.00")), (3, Decimal("20.00")), (2, Decimal("0.01"))])
    campaign.refund(1, "a", 4, known_on="2017-11-25", line=1)
    campaign.refund(1, "a", Decimal("7.77"), known_on="2017-11-25")
    returned()
    found = {key: row["revenue"] for key, row in categories(campaign).items()}
    assert sum(found.values()) == Decimal("30.01") - 4 - Decimal("7.77")
    assert found["HOME"] == 20 - round(Decimal("7.77") * 20 / Decimal("26.01"), 4)


def test_what_is_wholly_refunded_was_bought_by_nobody(campaign, returned):
    basket(campaign, 1, "a", [(1, 10)])
    basket(campaign, 2, "b", [(1, 10), (3, 5)])
    campaign.refund(1, "a", 10, known_on="2017-11-25")
    campaign.refund(2, "b", 5, known_on="2017-11-25", line=2)
    returned()
    found = categories(campaign)
    assert {key: (row["customers"], row["orders"], row["revenue"]) for key, row in found.items()} == {
        "FOOD": (1, 1, 10),
        "HOME": (0, 0, 0),
    }
    (steps,) = shown(campaign, "steps", arm="treated")
    assert (steps["bought"], steps["orders"], steps["revenue"]) == (1, 1, 10)


def test_orders_outside_the_primary_window_do_not_count(campaign, returned):
    basket(campaign, 1, "early", [(1, 10)], at="2017-11-21T09:59")
    basket(campaign, 1, "late", [(1, 10)], at="2017-12-01T10:00")
    basket(campaign, 1, "last", [(1, 1)], at="2017-12-01T09:59")
    returned()
    assert {row["revenue"] for row in categories(campaign).values()} == {1}


def test_doors_tell_entry_path_campaign_link_and_coupon(campaign, returned):
    for n in (1, 2, 3, 9):
        basket(campaign, n, f"o{n}", [(1, 10 * n)])
    campaign.run(
        "update crm.orders set entry_source = 'app', utm_campaign = %s where order_id = %s",
        [("thanksgiving", "o1"), ("thanksgiving", "o2"), (None, "o9")],
    )
    campaign.run(
        "insert into crm.coupon (customer_id, campaign, occasion, business_date, code, threshold, value, currency,"
        " starts_on, expires_on) values (8, %s, '2017', '2017-11-20', %s, 50, 5, 'USD', '2017-11-21', '2017-11-25')",
        [("thanksgiving", "OURS")],
    )
    campaign.run(
        "insert into crm.coupon_use values (8, 'OURS', crm.key64('shop', 'o2'), 1, 'redeemed', 2, %s, '2017-11-22')",
        [(instant("2017-11-22T10:00"),)],
    )
    returned()
    names = ("arm", "entry_source", "utm_campaign", "named_coupon", "customers", "orders", "revenue")
    assert sorted(tuple(row[name] for name in names) for row in shown(campaign, "entries")) == [
        ("held_out", "app", "", False, 1, 1, 90),
        ("treated", "", "", False, 1, 1, 30),
        ("treated", "app", "thanksgiving", False, 1, 1, 10),
        ("treated", "app", "thanksgiving", True, 1, 1, 20),
    ]


def message(facts, customers, *, status="accepted", at=SENT):
    sent = instant(at)
    facts.run(
        "insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key,"
        " send_date, planned_send_at, send_by, locale, provider, status, accepted_at)"
        " values (%s, 'thanksgiving', '2017', 'email', %s, 1, gen_random_uuid(), '2017-11-21', %s, %s, 'en',"
        " 'sendgrid', %s, %s)",
        [(n, f"m{n}", sent, sent, status, sent if status != "skipped" else None) for n in customers],
    )


def respond(facts, customers, kind, *, at="2017-11-21T11:00", machine=None):
    facts.run(
        "insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel,"
        " message_id, contact_key, kind, occurred_at, known_on, machine) values (%s, 'sendgrid', %s, 'thanksgiving',"
        " '2017', '', 'main', 'email', %s, gen_random_uuid(), %s, %s, '2017-11-21', %s)",
        [(n, f"{kind}{n}", f"m{n}", kind, instant(at), machine) for n in customers],
    )


def test_steps_go_from_assignment_to_purchase_and_the_held_out_have_two_of_them(campaign, returned):
    message(campaign, range(1, 8))
    message(campaign, [8], status="skipped")
    respond(campaign, range(1, 7), "delivered")
    respond(campaign, range(1, 4), "opened")
    respond(campaign, [4], "opened", machine="prefetch")
    respond(campaign, [1, 2], "clicked")
    respond(campaign, [3], "clicked", at="2017-12-01T10:00")
    for n in (1, 8, 9):
        basket(campaign, n, f"{n}", [(1, 10)])
    returned()
    (treated,) = shown(campaign, "steps", arm="treated")
    steps = ("assigned", "accepted", "delivered", "opened", "clicked", "bought", "clicked_and_bought")
    assert [treated[name] for name in steps] == [8, 7, 6, 3, 2, 2, 1]
    rates = ("accepted_rate", "delivered_rate", "opened_rate", "clicked_rate", "bought_after_click_rate", "bought_rate")
    assert [treated[name] for name in rates] == pytest.approx([7 / 8, 6 / 7, 1 / 2, 1 / 3, 1 / 2, 1 / 4])
    (held_out,) = shown(campaign, "steps", arm="held_out")
    assert [held_out[name] for name in steps] == [2, None, None, None, None, 1, None]
    assert held_out["bought_rate"] == 0.5


def test_what_nobody_approved_came_to_nothing(campaign, returned):
    basket(campaign, 1, "a", [(1, 10)])
    campaign.run(
        "insert into crm.approval values ('thanksgiving', '2017-11-20', 'h', 8, 1, 0, %s, 'rejected', 'mei', %s)",
        [(instant(SENT), instant(SENT))],
    )
    assert returned()["groups"] == 0
    assert shown(campaign, "steps") == shown(campaign, "baskets") == shown(campaign, "entries") == []


def test_observational_campaigns_say_so(campaign, returned):
    returned()
    assert {row["assignment"] for row in shown(campaign, "steps")} == {"randomised"}
    campaign.run(
        "insert into crm.result (campaign, kind, occasion, wave, period, goal, window_days, version, is_primary,"
        " status, treated, control, treated_converted, control_converted, naive_revenue, as_of, reason, assignment)"
        " values ('thanksgiving', 'holiday', '2017', 'main', '', 'any_order', 10, 99, true, 'ok', 8, 2, 0, 0, 0,"
        " '2017-12-31', 'first', 'observational')",
        [()],
    )
    campaign.run("delete from crm.result where version < 99", [()])
    assert {row["assignment"] for row in shown(campaign, "steps")} == {"observational"}


@pytest.fixture
def pooled(facts):
    """A continuous campaign: 1 to 4 on 20 November and again on 5 December, 5 on 25 December; 4 held out."""
    facts.delivered("2017-12-31")
    facts.product(1, "FOOD", external_id="p1")
    declaration = facts.declared("repurchase", "repurchase")
    rows = [(n, "control" if n == 4 else "treatment", None) for n in (1, 2, 3, 4)]
    facts.decisions(rows, declaration=declaration, instance="a", send_at="2017-11-20T10:00")
    facts.decisions(rows, declaration=declaration, instance="b", send_at="2017-12-05T10:00")
    facts.decisions([(5, "treatment", None)], declaration=declaration, instance="a", send_at="2017-12-25T10:00")
    return facts


def test_continuous_campaigns_are_pooled_by_month_and_to_date_each_customer_once(pooled, returned):
    basket(pooled, 1, "a", [(1, 10)])
    basket(pooled, 2, "b", [(1, 20)], at="2017-12-06T10:00")
    basket(pooled, 5, "c", [(1, 40)], at="2017-12-26T10:00")
    returned()
    names = ("occasion", "wave", "assigned", "bought", "revenue", "is_open")
    found = {row["period"]: tuple(row[name] for name in names) for row in shown(pooled, "steps", arm="treated")}
    assert found == {
        "2017-11": ("", "", 3, 1, 10, False),
        # of four who entered in December three had entered the epoch in November
        "2017-12": ("", "", 1, 1, 40, True),
        "to-date": ("", "", 3, 1, 10, False),
    }
    assert {key["revenue"] for key in categories(pooled, period="2017-12").values()} == {40}


def test_only_groups_whose_orders_moved_are_computed_again(campaign, returned):
    declaration = campaign.declared("other", "holiday")
    campaign.decisions([(1, "treatment", None), (2, "control", None)], declaration=declaration, send_at=SENT)
    campaign.run(
        "insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at,"
        " ordered_on, business_date, line_count, quantity, amount, known_on) values (3, 1, 999, 'shop', 'x', 'paid',"
        " '2017-11-22 12:00Z', '2017-11-22', '2017-11-22', 1, 1, 10, '2017-11-22')",
        [()],
    )
    assert returned()["groups"] == 2
    assert returned()["groups"] == 0
    basket(campaign, 4, "late", [(1, 10)])
    assert returned()["groups"] == 1
    assert categories(campaign)["FOOD"]["revenue"] == 10
    campaign.refund(4, "late", 4, known_on="2017-12-31")
    assert returned()["groups"] == 1
    assert categories(campaign)["FOOD"]["revenue"] == 6


def test_an_open_window_is_computed_until_it_has_closed(campaign, returned):
    assert returned(day("2017-11-25"))["groups"] == 1
    assert {row["is_open"] for row in shown(campaign, "steps")} == {True}
    assert returned(day("2017-12-02"))["groups"] == 1
    assert {row["is_open"] for row in shown(campaign, "steps")} == {False}
    returned(day("2017-12-05"))  # answers may be told a few days late
    assert returned(day("2017-12-31"))["groups"] == 0


def reconciled(facts):
    """Baskets, doors and steps of each arm against the lines of its orders, to the cent."""
    lines = dict(
        facts.select(
            "select case when a.treated then 'treated' else 'held_out' end, sum(n.net) from crm.assignment as a"
            " inner join lateral (select distinct c.order_key from crm.conversion as c where c.customer_id ="
            " a.customer_id and c.campaign = a.campaign and c.after < interval '240 hours') as c on true"
            " inner join lateral (select sum(l.amount) - coalesce((select sum(r.amount) from crm.refund as r where"
            " r.order_key = c.order_key and r.known_until is null), 0) as net from mart.order_lines as l"
            " where l.order_key = c.order_key) as n on true group by 1"
        )
    )
    for view in ("steps", "baskets", "entries"):
        for arm, revenue in lines.items():
            assert sum(row["revenue"] for row in shown(facts, view, arm=arm)) == revenue, view
    return lines


def test_every_view_sums_to_the_lines_of_the_arms_orders_also_after_a_late_file_and_a_refund(campaign, returned):
    campaign.run(
        "insert into crm.customer values (%s, 'shop', %s, false, '2017-11-01')", [(n, str(n)) for n in range(1, 11)]
    )
    for n in range(1, 11):
        cents = [(1 + line % 3, Decimal(n * 137 + line * 71) / 100) for line in range(n % 4 + 1)]
        basket(campaign, n, f"o{n}", cents)
    returned()
    before = reconciled(campaign)
    basket(campaign, 9, "late", [(1, Decimal("0.07")), (3, Decimal("3.33"))])
    campaign.refund(6, "o6", Decimal("3.3333"), known_on="2017-12-31")
    campaign.refund(7, "o7", Decimal("1.11"), known_on="2017-12-31", line=2)
    campaign.refund(7, "o7", Decimal("2.22"), known_on="2017-12-31")
    returned()
    after = reconciled(campaign)
    assert after["held_out"] == before["held_out"] + Decimal("3.40")
    assert after["treated"] == before["treated"] - Decimal("6.6633")
