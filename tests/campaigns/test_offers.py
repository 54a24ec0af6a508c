"""Offers fitted to the customer: the rules of docs/offers.md, the margin floor, and what is known on the date."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import settings as paths
from crm.campaigns import declarations
from crm.campaigns.declarations import DeclarationError
from crm.campaigns.offers import Offer, largest
from examples import examples

DAY = datetime.date(2017, 11, 20)
SENT = datetime.date(2017, 11, 21)
FITTED = {
    "threshold": {"of_aov": 1.25, "step": 10},
    "value": {"of_threshold": 0.07, "step": 1},
    "assumed_margin": 0.3,
    "valid_days": 10,
}
LADDER = {
    "ladder": [{"threshold": 100, "value": 3}, {"threshold": 150, "value": 5}],
    "reach": 2,
    "assumed_margin": 0.3,
    "valid_days": 10,
}


def fitted(planner, columns: str = "offer -> 'threshold', offer -> 'value'") -> dict[int, tuple]:
    return {row[0]: row[1:] for row in planner.decisions(f"customer_id, {columns}")}


def offers_of(planner, coupon: dict, **keys) -> dict[int, tuple]:
    planner.declare("deal", offer={"coupon": coupon}, **keys)
    planner.plan()
    return fitted(planner)


PAGE = (paths.PROJECT / "docs" / "offers.md").read_text(encoding="utf-8")


def worked_examples(column: int) -> dict[int, tuple]:
    """AOV -> (threshold, value) of the page's table, in its column for the fitted coupon (6) or the ladder (7)."""
    rows = [line.split("|") for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]
    found = {int(row[1]): re.search(r"(\d+) off (\d+)", row[column]) for row in rows}
    return {aov: (int(said[2]), int(said[1])) if said else (None, None) for aov, said in found.items()}


@pytest.mark.parametrize("column", [6, 7])
def test_the_worked_examples_of_the_documentation(shop, planner, column):
    """Seed 003: AOV 120 -> 10 off 150, and no threshold of 150 at AOV 50."""
    examples = worked_examples(column)
    for aov in examples:
        shop.order(shop.reachable(bought=[]), DAY, amount=aov)
    documented = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])["offer"]["coupon"]
    found = offers_of(planner, documented if column == 6 else LADDER)
    assert list(found.values()) == list(examples.values())
    assert (150, 10 if column == 6 else 5) in found.values()


@pytest.mark.parametrize(
    ("aov", "offer"),
    [(49, None), (50, (100, 3)), (99, (100, 3)), (100, (150, 5)), (120, (150, 5)), (150, (150, 5)), (400, (150, 5))],
)
def test_a_ladder_gives_the_first_step_above_the_aov_within_reach(shop, planner, aov, offer):
    shop.reachable(bought=[])
    shop.order(1, DAY, amount=aov)
    assert offers_of(planner, LADDER)[1] == (offer or (None, None))


def test_a_gift_by_tier_needs_no_threshold(shop, planner):
    for tier in ("base", "gold", "platinum", None):
        customer = shop.reachable(bought=[])
        shop.order(customer, DAY, amount=100)
        if tier:
            shop.standing(customer, tier=tier)
    gift = {
        "threshold": 0, "value": 5, "assumed_margin": 0.4, "valid_days": 30,
        "by_tier": {"gold": {"threshold": 0, "value": 12}, "platinum": {"threshold": 0, "value": 30}},
    }  # fmt: skip
    # Half of what is left of a basket of 100 is 20: the platinum gift of 30 is cut to it.
    assert offers_of(planner, gift) == {1: (0, 5), 2: (0, 12), 3: (0, 20), 4: (0, 5)}


def test_who_has_bought_nothing_lately_gets_the_stated_default_or_no_coupon(shop, planner, query):
    shop.reachable(bought=[datetime.date(2016, 11, 20)])
    coupon = {**FITTED, "aov_days": 365}
    assert offers_of(planner, coupon, active_within_days=800) == {1: (None, None)}
    query("truncate crm.decision, crm.contact_claim, crm.plan")
    assert offers_of(planner, {**coupon, "default_aov": 40}, active_within_days=800) == {1: (50, 3)}


def test_the_aov_is_net_of_refunds_of_paid_orders_and_as_known_on_the_date(shop, planner, query):
    shop.reachable(bought=[])
    shop.order(1, DAY, amount=200)
    order = shop.order(1, DAY, amount=100)
    shop.order(1, DAY, amount=900, status="unpaid")
    shop.order(1, DAY, amount=900, known=SENT)
    whole = shop.order(1, DAY, amount=500)
    for key, (of, amount, known) in enumerate([(order, 60, DAY), (whole, 500, DAY), (order, 40, SENT)]):
        query(
            "insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount,"
            " refunded_at, refunded_on, business_date, known_on)"
            " values (1, %s, 1, 'shop', 'r', %s, %s, %s, %s, %s, %s)",
            key, of, amount, known, known, known, known,
        )  # fmt: skip
    offers_of(planner, FITTED)
    assert fitted(planner, "offer -> 'aov'") == {1: (120,)}
    # Later knowledge changes nothing of that date.
    query("update crm.orders set known_until = '2017-11-21'")
    before = planner.decisions("to_jsonb(decision)")
    query("truncate crm.decision, crm.contact_claim, crm.plan, crm.coupon")
    planner.plan()
    assert planner.decisions("to_jsonb(decision)") == before


def test_the_margin_is_that_of_the_baskets_of_these_days(shop, planner, query):
    """60 at a cost of 45, 30 of a category with a declared margin of 0.5, 10 of an unknown one: 15 + 15 + 3 = 33 %."""
    for product, (category, cost) in enumerate([("A", 45), ("B > b", None), ("C", None)], start=1):
        query(
            "insert into crm.product (product_id, valid_from, shop, external_id, category, unit_cost, file_version_id)"
            " values (%s, '2017-01-01', 's', %s, %s, %s, 1)", product, str(product), category, cost,
        )  # fmt: skip
    shop.reachable(bought=[])
    for product, amount in ((1, 60), (2, 30), (3, 10)):
        shop.order(1, DAY, product=product, amount=amount)
    shop.order(1, datetime.date(2017, 10, 1), product=3, amount=1000)  # longer ago than margin_days
    planner.business = planner.business.model_copy(update={"margins": {"B": 0.5, "B > bb": 0.9}})
    offers_of(planner, {**FITTED, "threshold": 100, "value": 99, "maximum_share_of_margin": 1})
    assert fitted(planner, "offer -> 'margin', offer -> 'value', coupon_cost") == {1: (0.33, 33, 33)}


AMOUNTS = st.decimals(min_value=1, max_value=2000, places=2)
SHARES = st.decimals(min_value="0.01", max_value="0.99", places=2).map(float)
FITTED_THRESHOLDS = st.fixed_dictionaries(
    {"of_aov": st.decimals("0.5", 3, places=2).map(float), "step": st.sampled_from([1, 10, 50])}
)
FITTED_VALUES = st.fixed_dictionaries({"of_threshold": SHARES, "step": st.sampled_from([0.5, 1, 5, 50])})
GIFTS = st.fixed_dictionaries({"threshold": st.just(0), "value": AMOUNTS.map(float)})
FITS = st.fixed_dictionaries({"threshold": FITTED_THRESHOLDS, "value": AMOUNTS.map(float) | FITTED_VALUES})
TERMS = st.fixed_dictionaries({"assumed_margin": SHARES, "maximum_share_of_margin": SHARES, "valid_days": st.just(1)})


@pytest.fixture
def planner_of_one(shop, planner, query):
    """Makes one customer of a given AOV, in place of the one before."""

    def with_aov(aov):
        query(
            "truncate crm.orders, crm.order_line, crm.decision, crm.contact_claim, crm.plan, crm.coupon,"
            " crm.coupon_code, crm.customer, crm.customer_profile, crm.consent, crm.epoch"
        )
        shop.order(shop.reachable(bought=[]), DAY, amount=aov)
        return planner

    return with_aov


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(rule=GIFTS | FITS, terms=TERMS, aov=AMOUNTS)
def test_no_coupon_ever_takes_more_than_its_share_of_the_margin(planner_of_one, rule, terms, aov):
    found = offers_of(planner_of_one(aov), {**rule, **terms})
    ((threshold, value),) = found.values()
    if value is None:
        return
    share = Decimal(str(terms["assumed_margin"])) * Decimal(str(terms["maximum_share_of_margin"]))
    assert 0 < Decimal(str(value)) <= (threshold or aov) * share
    if threshold:
        assert threshold % rule["threshold"]["step"] == 0
        assert 0 <= threshold - aov * Decimal(str(rule["threshold"]["of_aov"])) < rule["threshold"]["step"]


def test_variants_may_have_other_coupons_or_none(shop, planner, query):
    from test_deciding import add_many

    add_many(query, 60)
    fixed = {"code": "FIVE", "text": {"en": "5 off"}, "coupon_cost": 5}
    offer = {"variants": {"a": {"coupon": {**FITTED, "default_aov": 50}}, "b": fixed, "c": None}}
    planner.declare("deal", variants=["a", "b", "c"], offer=offer)
    planner.plan()
    found = query("select distinct variant, coupon_cost, offer ->> 'code', offer -> 'threshold' from crm.decision")
    assert sorted(found) == [("a", 1, None, 20), ("b", 5, "FIVE", None), ("c", 0, None, None)]
    assert query("select distinct variant from crm.coupon") == [("a",)]


def test_offers_choose_nobody_and_are_kept_for_all_who_would_have_had_one(shop, planner, query):
    from test_deciding import add_many

    add_many(query, 400)
    query("update crm.consent set granted = false where customer_id <= 40")
    planner.business = planner.business.model_copy(update={"global_holdout": 0.1})
    columns = "customer_id, decision, reason, arm, variant, channel, assignment_key"
    planner.declare("deal", holdout=0.3)
    planner.plan()
    without = planner.decisions(columns)
    query("truncate crm.decision, crm.contact_claim, crm.plan, crm.epoch")
    offers_of(planner, FITTED, holdout=0.3)
    assert planner.decisions(columns) == without
    told = "decision, reason, offer is not null, coupon_cost > 0, cardinality(array_agg(distinct offer ->> 'value'))"
    assert sorted(query(f"select {told} from crm.decision group by 1, 2, 3, 4"), key=str) == [
        ("exclude", "global_holdout", True, True, 1),
        ("exclude", "no_consent", False, False, 1),
        ("hold_out", None, True, True, 1),
        ("include", None, True, True, 1),
    ]
    # A held-out row has the offer that it would have had, and no code that could be redeemed.
    assert query("select count(*) from crm.decision where offer ? 'code'") == [(0,)]
    issued = query("select customer_id from crm.coupon order by customer_id")
    assert issued == query("select customer_id from crm.decision where decision = 'include' order by customer_id")


def test_a_coupon_says_from_when_until_when(shop, planner, query):
    shop.reachable()
    offers_of(planner, {**FITTED, "valid_days": 1})
    assert query("select starts_on, expires_on, threshold, value, currency from crm.coupon") == [
        (SENT, SENT, 20, 1, "USD")
    ]
    assert fitted(planner, "offer ->> 'expires_on'") == {1: ("2017-11-21",)}


def test_a_dry_run_equals_what_was_decided_and_issues_nothing(shop, planner, query):
    for amount in (50, 120):
        shop.order(shop.reachable(bought=[]), DAY, amount=amount)
    planner.declare("deal", offer={"coupon": FITTED})
    dry = planner.plan(mode="dry")
    for name in ("coupon", "coupon_code", "decision"):
        assert query(f"select count(*) from crm.{name}") == [(0,)]
    assert planner.plan() == dry
    assert query("select count(*) from crm.coupon") == [(2,)]


def test_an_earlier_declaration_without_offer_language_is_read_as_it_was():
    """crm.declaration keeps texts for ever: what an older version wrote is read by the newer one."""
    text = (paths.CAMPAIGNS / "thanksgiving.yaml").read_text(encoding="utf-8")
    offer = 'offer: {code: A, text: {en: "5 {off"}, coupon_cost: 5}\n'
    assert declarations.parse(text + offer, "x").offer.coupon_cost == 5


def test_what_a_sample_shows_is_the_largest_that_the_rule_names():
    offer = Offer.model_validate({"variants": {"a": {"coupon": {**FITTED, "valid_days": 2}}, "b": None}})
    found = largest(offer, "a", "USD", SENT)
    assert (found["threshold"], found["value"], found["expires_on"]) == (1000, 1000, "2017-11-22")
    assert largest(offer, "b", "USD", SENT) is None
    ladder = largest(Offer.model_validate({"coupon": LADDER}), "a", "USD", SENT)
    assert (ladder["threshold"], ladder["value"]) == (150, 5)
    assert largest(Offer(code="FIVE", coupon_cost=5), "a", "USD", SENT)["code"] == "FIVE"


GOOD = (paths.CAMPAIGNS / "thanksgiving.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("offer", "told"),
    [
        ({"coupon": {**FITTED, "valid_days": 0}}, "offer.coupon.valid_days: "),
        ({"coupon": {**FITTED, "assumed_margin": 1.2}}, "offer.coupon.assumed_margin: "),
        ({"coupon": {k: v for k, v in FITTED.items() if k != "assumed_margin"}}, "offer.coupon.assumed_margin: "),
        ({"coupon": {**FITTED, "threshold": {"step": 10}}}, "offer.coupon.threshold: give a number, or of_aov"),
        ({"coupon": {**FITTED, "threshold": {"of_aov": 1.2, "setp": 1}}}, "offer.coupon.threshold.setp: "),
        ({"coupon": {**FITTED, "threshold": {"of_aov": 1, "minimum": 9, "maximum": 8}}}, "maximum: is below minimum"),
        ({"coupon": {**FITTED, "threshold": 0}}, "offer.coupon: value.of_threshold: a share of a threshold of 0"),
        ({"coupon": {**FITTED, "threshold": 10, "value": 10}}, "offer.coupon: value: must be below the threshold"),
        ({"coupon": {**FITTED, **LADDER}}, "offer.coupon: ladder: stands in place of threshold and value"),
        ({"coupon": {**LADDER, "ladder": LADDER["ladder"][::-1]}}, "thresholds must rise from step to step"),
        ({"coupon": {"valid_days": 1, "assumed_margin": 0.3}}, "offer.coupon: give threshold and value, or a ladder"),
        ({"coupon": FITTED, "code": "X"}, "offer: code: a fitted coupon has codes and costs of its own"),
        ({"coupon": FITTED, "text": {"en": "{valeu} off"}}, "{valeu} is unknown"),
        ({"coupon": {**FITTED, "by_tier": {"gold": {"value": 3}}}}, "offer.coupon.by_tier.gold: give threshold and"),
        ({"variants": {"b": None}}, "offer.variants: give an offer (or null) for each of the variants a"),
        ({"variants": {"a": None}, "code": "X"}, "offer: variants: the offers stand in it"),
    ],
)
def test_a_mistake_is_told_with_its_key(offer, told):
    with pytest.raises(DeclarationError) as error:
        declarations.parse(GOOD + yaml.safe_dump({"offer": offer}), "thanksgiving.yaml")
    assert told in str(error.value)
    assert str(error.value).startswith("thanksgiving.yaml: ")
