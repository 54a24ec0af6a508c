"""What must hold of every decision, in a shop of all sorts of people, whatever is run in whatever order."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from examples import examples

DAY = date(2017, 11, 20)
DAYS = [DAY + timedelta(days=n) for n in range(3)]
GAP = 1
CAMPAIGNS = {
    "birthday": {"kind": "birthday", "priority": 1, "holdout": 0.3},
    "sale": {"priority": 2, "holdout": 0.3, "direction": "promotion", "full_price_days": 2, "offer": {"code": "S"}},
    "hello": {"priority": 3, "holdout": 0.5},
    "again": {"kind": "repurchase", "priority": 4, "holdout": 0.3, "goal": {"goal": "category"}, "lead_days": 0},
}
#: A day's own pass, or one campaign by hand.
RUNS = [(day, only) for day in DAYS for only in (None, "hello", "sale")]


@pytest.fixture
def all_sorts(shop, planner):
    """About 150 accounts: shared and masked addresses, other zones, opt-outs, no consent, fake orders, old and new
    buyers. Every campaign is due on some of the days."""
    chance = random.Random(11)
    shop.product(1, "tea")
    shop.cycle("tea", 20)
    for number in range(150):
        person = chance.randrange(130)
        email = f"{person}@example.com" if chance.random() < 0.85 else None
        mobile = f"+1212555{person:04}" if chance.random() < 0.6 else None
        customer = shop.customer(
            email=email,
            mobile=mobile,
            consent=[channel for channel in ("email", "sms") if chance.random() < 0.85],
            bought=[],
            fake_orders=chance.random() < 0.03,
            email_masked=email is None and chance.random() < 0.5,
            preferred_channel=chance.choice([None, "email", "sms"]),
            time_zone=chance.choice([None, "Asia/Shanghai", "Pacific/Kiritimati", "America/Los_Angeles"]),
            birthday=date(1980, 11, chance.randrange(19, 26)),
            birthday_calendar="solar",
        )
        for days in chance.sample(range(400), chance.randrange(4)):
            shop.order(customer, DAY - timedelta(days=days), product=chance.choice([1, None]), known=DAY)
        shop.order(customer, DAY - timedelta(days=chance.choice([18, 19, 20, 60])), product=1, known=DAY)
        if email and number % 17 == 0:
            shop.suppress("email", email, chance.choice(["opt_out", "complaint", "bounce"]))
    days = [{"name": f"d{day.day}", "date": f"{day + timedelta(days=1):%m-%d}"} for day in DAYS]
    for name, declared in CAMPAIGNS.items():
        planner.declare(name, **declared, **({} if "kind" in declared else {"occasions": days}))
    planner.business = planner.business.model_copy(update={"global_holdout": 0.1})


@settings(max_examples=examples(6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(RUNS), cut=st.integers(min_value=3, max_value=len(RUNS)))
def test_whatever_runs_in_whatever_order(all_sorts, planner, query, order, cut):
    query("truncate crm.decision, crm.contact_claim, crm.plan, crm.epoch, crm.detectable_effect")
    for day, only in order[:cut]:
        planner.plan(day, only=only)
    nobody_is_contacted_against_a_reason(query)
    the_caps_hold(query)
    one_person_has_one_arm_in_an_epoch(query)
    every_contact_is_a_decision_and_the_reverse(query)


def nobody_is_contacted_against_a_reason(query):
    """Recomputed from the facts, by other means than planning's own."""
    wrong = query("""
        select d.customer_id, d.campaign
        from crm.decision as d
        inner join crm.customer_profile as p on d.customer_id = p.customer_id
        where d.decision <> 'exclude' and (
            d.reasons <> '{}'
            or p.fake_orders
            or d.contact_key is distinct from case d.channel when 'email' then p.email_key else p.mobile_key end
            or exists (
                select from crm.suppression as s
                where s.contact_key = d.contact_key and s.channel in (d.channel, 'all')
            )
            or not exists (
                select from crm.consent as c
                where c.customer_id = d.customer_id and c.channel = d.channel and c.granted
            )
            or d.send_by <= d.cut_off_at
        )""")
    assert not wrong


def the_caps_hold(query):
    """Between two contacts of a person or an address, whoever took them, lies a free day; of both arms alike."""
    days = defaultdict(list)
    for person, address, day in query("select assignment_key, contact_key, send_date from crm.contact_claim"):
        for key in {person, address}:
            days[key].append(day)
    gaps = [later - earlier for found in days.values() for earlier, later in itertools.pairwise(sorted(found))]
    assert all(gap > timedelta(days=GAP) for gap in gaps)


def one_person_has_one_arm_in_an_epoch(query):
    arms = query(
        "select count(distinct arm) from crm.decision where arm is not null group by campaign, epoch, assignment_key"
    )
    assert {count for (count,) in arms} <= {1}


def every_contact_is_a_decision_and_the_reverse(query):
    keys = "customer_id, campaign, occasion, instance, wave, send_date, contact_key, channel"
    decided = query(f"select {keys}, decision = 'hold_out' from crm.decision where decision <> 'exclude'")
    assert sorted(decided) == sorted(query(f"select {keys}, ghost from crm.contact_claim"))
