"""Why a candidate is left out: each reason, their order, and what was known when."""

from __future__ import annotations

import datetime
from datetime import date

import pytest

DAY = datetime.date(2017, 11, 20)
SEND = DAY + datetime.timedelta(days=1)
BEFORE = datetime.timedelta(days=1)


@pytest.fixture
def reason_of(shop, planner):
    """Decide on one customer (and whoever else is in the shop): their reason, None = included."""

    def run(customer: int, **declared) -> str | None:
        planner.declare("hello", **declared)
        planner.plan()
        return planner.reasons()[customer]

    return run


def test_a_reachable_customer_with_consent_is_written_to(shop, planner):
    shop.reachable()
    planner.declare("hello")
    (row,) = planner.plan()
    del row["detectable"]
    assert row == {
        "campaign": "hello", "kind": "holiday", "occasion": "hello-2017", "wave": "main", "send_date": "2017-11-21",
        "candidates": 1, "included": 1, "held_out": 0, "excluded": {},
    }  # fmt: skip


def test_a_suppressed_address_is_left_out_for_good(shop, planner):
    for reason in ("opt_out", "complaint", "bounce"):
        shop.reachable(email=f"{reason}@example.com")
        shop.suppress("email", f"{reason}@example.com", reason)
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {1: "opt_out", 2: "complaint", 3: "bounce"}


def test_another_permitted_channel_takes_the_place_of_a_suppressed_one(shop, planner, reason_of):
    customer = shop.reachable(email="a@example.com", mobile="+12125550001")
    shop.suppress("email", "a@example.com")
    assert reason_of(customer) is None
    assert planner.decisions("channel") == [("sms",)]


def test_an_opt_out_from_all_silences_every_channel(shop, reason_of):
    customer = shop.reachable(email="a@example.com", mobile="+12125550001")
    shop.suppress("email", "a@example.com", on_channel="all")
    assert reason_of(customer) == "opt_out"


def test_an_opt_out_holds_for_everybody_behind_the_address(shop, planner):
    shop.reachable(email="a@example.com")
    shop.reachable(email="a@example.com")
    shop.suppress("email", "a@example.com")
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {1: "opt_out", 2: "opt_out"}


@pytest.mark.parametrize(
    ("channel", "reason", "silent"),
    [
        ("email", "opt_out", "opt_out"), ("email", "complaint", "complaint"), ("all", "opt_out", "opt_out"),
        ("sms", "opt_out", None),
    ],
)  # fmt: skip
def test_what_a_person_said_holds_for_an_address_that_comes_later(shop, reason_of, channel, reason, silent):
    customer = shop.reachable(email="old@example.com")
    shop.say_no(customer, channel, reason=reason)
    shop.profile(customer, DAY - BEFORE, email="new@example.com")
    assert reason_of(customer) == silent


@pytest.mark.parametrize("addresses", [{"email": "a@example.com"}, {"mobile": "+12125550001"}, {}])
def test_a_person_who_opted_out_of_everything_is_silent_with_one_address_the_other_or_none(shop, reason_of, addresses):
    customer = shop.customer(**addresses)
    shop.say_no(customer, "all")
    assert reason_of(customer) == "opt_out"


@pytest.mark.parametrize("whose", ["person", "address"])
@pytest.mark.parametrize(
    "known",  # days after the date: said on, taken back on; and the reason
    [(1, None, None), (0, None, "opt_out"), (-9, 1, "opt_out"), (-9, 0, None), (-9, -1, None)],
)
def test_a_date_is_planned_again_as_what_was_said_and_taken_back_was_known_then(shop, reason_of, whose, known):
    said, lifted, reason = known
    customer = shop.reachable(email="a@example.com")
    said_on, lifted_on = (n if n is None else DAY + n * BEFORE for n in (said, lifted))
    if whose == "person":
        shop.say_no(customer, "email", known_on=said_on, lifted_on=lifted_on)
    else:
        shop.suppress("email", "a@example.com", known_on=said_on)
        shop.query("update crm.suppression set lifted_at = now(), lifted_on = %s, lifted_by = 'olive',"
                   " lifted_because = 'slip', lifted_note = 'x' where cast(%s as date) is not null",
                   lifted_on, lifted_on)  # fmt: skip
    assert reason_of(customer) == reason


def test_without_consent_nobody_is_written_to(shop, reason_of):
    assert reason_of(shop.reachable(consent=())) == "no_consent"


def test_a_withdrawn_consent_is_none(shop, planner, reason_of):
    customer = shop.reachable(consent=())
    planner.query(
        "insert into crm.consent (customer_id, channel, valid_from, granted, file_version_id)"
        " values (%s, 'email', '2017-02-01', false, 1)",
        customer,
    )
    assert reason_of(customer) == "no_consent"


def test_without_an_address_nobody_is_written_to(shop, reason_of):
    assert reason_of(shop.customer()) == "no_address"


def test_a_channel_that_is_not_declared_is_not_used(shop, reason_of):
    assert reason_of(shop.customer(mobile="+12125550001"), channels=["email"]) == "no_address"


def test_of_several_accounts_behind_an_address_the_one_that_bought_last_is_written_to(shop, planner):
    shop.customer(email="a@example.com", bought=[DAY - 9 * BEFORE])
    shop.customer(email="a@example.com", bought=[DAY - 2 * BEFORE])
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {1: "shared_address", 2: None}


def test_a_shared_address_goes_to_the_account_that_may_be_written_to(shop, planner):
    shop.reachable(email="a@example.com", consent=())
    shop.reachable(email="a@example.com")
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {1: "no_consent", 2: None}


def test_a_shared_mobile_is_one_address_though_the_e_mails_differ(shop, planner):
    shop.customer(email="a@example.com", mobile="+12125550001", preferred_channel="sms")
    shop.customer(email="b@example.com", mobile="+12125550001", preferred_channel="sms")
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {1: None, 2: "shared_address"}


def test_accounts_that_place_fake_orders_are_left_out(shop, reason_of):
    assert reason_of(shop.reachable(fake_orders=True)) == "fake_orders"


@pytest.mark.parametrize(
    ("days_before", "gap_days", "reason"),
    [(1, 1, "contacted_within_cap"), (2, 1, None), (2, 2, "contacted_within_cap"), (1, 0, None)],
)
def test_an_address_rests_for_the_declared_send_dates(shop, planner, days_before, gap_days, reason):
    customer = shop.reachable(email="a@example.com")
    shop.contact(customer, "email", "a@example.com", SEND - days_before * BEFORE)
    caps = planner.business.caps.model_copy(update={"gap_days": gap_days})
    planner.business = planner.business.model_copy(update={"caps": caps})
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {customer: reason}


def test_a_ghost_contact_counts_and_a_released_one_does_not(shop, planner):
    ghost, released = shop.reachable(email="a@example.com"), shop.reachable(email="b@example.com")
    shop.contact(ghost, "email", "a@example.com", SEND - BEFORE, ghost=True)
    shop.contact(released, "email", "b@example.com", SEND - BEFORE, released=True)
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {ghost: "contacted_within_cap", released: None}


def test_a_contact_by_the_other_channel_counts_for_the_person(shop, reason_of):
    customer = shop.reachable(email="a@example.com", mobile="+12125550001")
    shop.contact(customer, "sms", "+12125550001", SEND - BEFORE)
    assert reason_of(customer) == "contacted_within_cap"


def test_a_contact_of_another_account_with_the_same_address_counts(shop, reason_of):
    other = shop.reachable(email="a@example.com")
    customer = shop.reachable(email="a@example.com")
    shop.contact(other, "email", "a@example.com", SEND - BEFORE)
    assert reason_of(customer) == "contacted_within_cap"


def test_a_contact_by_an_address_that_has_changed_since_counts(shop, reason_of):
    customer = shop.reachable(email="old@example.com")
    shop.contact(customer, "email", "old@example.com", SEND - BEFORE)
    shop.profile(customer, DAY, email="new@example.com")
    assert reason_of(customer) == "contacted_within_cap"


def test_an_imported_contact_of_the_same_day_takes_the_address(shop, planner, reason_of):
    customer = shop.reachable(email="a@example.com")
    shop.contact(customer, "email", "a@example.com", SEND, campaign="imported")
    assert reason_of(customer) == "contacted_that_day"
    assert planner.plan(mode="dry")[0]["excluded"] == {"contacted_that_day": 1}


def test_a_campaign_keeps_its_own_gap(shop, planner):
    for days_before in (5, 6):
        customer = shop.reachable()
        shop.contact(customer, "email", f"{customer}@example.com", SEND - days_before * BEFORE, campaign="hello")
    planner.declare("hello", gap_days=5)
    planner.plan()
    assert planner.reasons() == {1: "in_gap", 2: None}


def test_another_campaigns_contact_is_outside_the_gap(shop, reason_of):
    customer = shop.reachable(email="a@example.com")
    shop.contact(customer, "email", "a@example.com", SEND - 5 * BEFORE, campaign="other")
    assert reason_of(customer, gap_days=5) is None


def test_who_has_not_bought_for_long_is_left_out(shop, planner):
    for days in (29, 30):
        shop.reachable(bought=[DAY - days * BEFORE])
    planner.declare("hello", active_within_days=30)
    planner.plan()
    assert planner.reasons() == {1: None, 2: "inactive"}


def test_who_never_bought_or_only_left_orders_unpaid_is_inactive(shop, planner):
    shop.reachable(bought=[])
    shop.order(shop.reachable(bought=[]), DAY, status="unpaid")
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {1: "inactive", 2: "inactive"}


def test_an_order_that_was_wholly_refunded_is_no_purchase(shop, reason_of):
    customer = shop.reachable(bought=[])
    shop.refund(customer, shop.order(customer, DAY - BEFORE), 10)
    assert reason_of(customer) == "inactive"


def test_a_refunded_order_with_something_left_is_a_purchase(shop, planner):
    shop.product(1, "tea")
    kept, *_ = shop.three_refunded(DAY - BEFORE, product=1)
    planner.declare("hello")
    planner.plan()
    assert planner.reasons() == {kept: None, kept + 1: "inactive", kept + 2: "inactive"}


def test_the_campaigns_own_goods_were_bought_where_something_of_a_refunded_order_is_left(shop, planner):
    shop.product(1, "tea")
    kept, *_ = shop.three_refunded(DAY - BEFORE, product=1)
    for customer in (kept + 1, kept + 2):
        shop.order(customer, DAY - 5 * BEFORE)
    planner.declare("hello", goal={"goal": "category", "item": "tea"})
    planner.plan()
    assert planner.reasons() == {kept: "bought_same_product", kept + 1: None, kept + 2: None}


def test_where_the_day_is_over_before_it_begins_in_the_business_nothing_can_be_sent(shop, reason_of):
    # Kiritimati is 19 hours ahead of New York: noon of the 21st there is still the 20th here.
    assert reason_of(shop.reachable(time_zone="Pacific/Kiritimati"), send_by="12:00") == "send_by_passed"


def test_the_anonymous_customer_and_who_was_not_known_yet_are_no_candidates(shop, planner):
    shop.reachable(anonymous=True)
    shop.reachable(known=SEND)
    planner.declare("hello")
    assert planner.plan() == []


def test_every_reason_is_kept_and_the_first_of_the_table_counts(shop, planner, reason_of):
    customer = shop.reachable(email="a@example.com", consent=(), fake_orders=True, bought=[])
    shop.suppress("email", "a@example.com", "bounce")
    shop.suppress("email", "a@example.com", "opt_out")
    shop.contact(customer, "email", "a@example.com", SEND - BEFORE, campaign="hello")
    assert reason_of(customer, gap_days=3) == "opt_out"
    (reasons,) = planner.decisions("reasons")[0]
    assert reasons == [
        "opt_out",
        "bounce",
        "no_consent",
        "no_address",
        "fake_orders",
        "contacted_within_cap",
        "in_gap",
        "inactive",
    ]


def test_the_preferred_channel_is_used_where_it_is_permitted_else_the_declared_order(shop, planner):
    shop.customer(email="a@example.com", mobile="+12125550001", preferred_channel="sms")
    shop.customer(email="b@example.com", mobile="+12125550002", preferred_channel="sms", consent=("email",))
    shop.customer(email="c@example.com", mobile="+12125550003")
    planner.declare("hello", channels=["email", "sms"])
    planner.plan()
    assert planner.decisions("channel") == [("sms",), ("email",), ("email",)]


@pytest.mark.parametrize(
    ("send_date", "due"),
    [
        (date(2017, 6, 1), [4]),  # Victoria
        (date(2017, 6, 15), [5]),  # Queensland
        (date(2017, 12, 1), [1, 3, 6, 7]),  # New York; nowhere; Georgia on the Black Sea and Singapore: no table
        (date(2017, 12, 15), [2, 8]),  # Florida, of the business's country though no country is told
    ],
)
def test_a_season_begins_by_the_customers_country_and_region(shop, planner, send_date, due):
    for country, region in (("US", "NY"), ("US", "fl"), (None, None), ("AU", "VIC"), ("AU", "QLD"), ("GE", "GA"),
                            ("SG", None), (None, "FL")):  # fmt: skip
        shop.reachable(country=country, region=region, bought=[date(2017, 5, 1)])
    planner.declare("winter", kind="seasonal", waves=[{"name": "image", "season": "winter"}])
    planner.plan(send_date - datetime.timedelta(days=1))
    assert planner.decisions("customer_id, occasion") == [(customer, "winter-2017") for customer in due]


def test_a_season_of_the_declarations_own_is_everybodys(shop, planner):
    for country, region in (("US", "FL"), ("AU", "FL"), ("AU", "QLD")):
        shop.reachable(country=country, region=region)
    own = {"seasons": {"winter": {"north": "11-28", "south": "11-21"}}, "region_groups": {"south": ["FL"]}}
    season = {"kind": "seasonal", "waves": [{"name": "image", "season": "winter"}], "default_group": "north"}
    planner.declare("winter", **own, **season)
    planner.plan()
    assert planner.decisions("customer_id") == [(1,), (2,)]


def test_regions_that_are_not_listed_belong_to_the_default_group(shop, planner):
    for region in ("NY", "fl", None):
        shop.reachable(region=region)
    season = {
        "kind": "seasonal", "waves": [{"name": "image", "season": "winter", "lead_days": 7}],
        "region_groups": {"south": ["FL"]}, "default_group": "north",
    }  # fmt: skip
    planner.declare("winter", seasons={"winter": {"north": "11-28", "south": "12-15"}}, **season)
    planner.plan()
    assert planner.decisions("customer_id, occasion, wave") == [
        (1, "winter-2017", "image"),
        (3, "winter-2017", "image"),
    ]


@pytest.mark.parametrize("masked", ["email_masked", "mobile_masked"])
def test_a_masked_address_is_said_to_be_one(shop, reason_of, masked):
    channel = {"email_masked": "email", "mobile_masked": "sms"}[masked]
    assert reason_of(shop.customer(**{masked: True}), channels=[channel]) == "masked_address"


class TestCapsOfAChannel:
    """By default one promotional SMS in 30 days."""

    @pytest.fixture
    def reached(self, shop):
        """A customer whose e-mail and mobile may be used, and who got an SMS some days ago."""

        def run(days_before=30, direction="promotion", channel="sms", **more):
            customer = shop.customer(email="a@example.com", mobile="+12125550001", preferred_channel="sms")
            address = {"sms": "+12125550001", "email": "a@example.com"}[channel]
            shop.contact(customer, channel, address, SEND - days_before * BEFORE, direction=direction, **more)
            return customer

        return run

    def decided(self, planner, **declared):
        planner.declare("hello", **{"direction": "promotion", **declared})
        planner.plan()
        return planner.decisions("channel, reason")

    def test_the_other_channel_takes_its_place(self, reached, planner):
        reached()
        assert self.decided(planner) == [("email", None)]

    def test_without_another_channel_nobody_is_written_to(self, reached, planner):
        reached()
        assert self.decided(planner, channels=["sms"]) == [(None, "contacted_within_cap")]

    @pytest.mark.parametrize(
        "before",
        [
            {"days_before": 31},
            {"direction": "emotion"},
            {"channel": "email"},
            {"released": True},
        ],
    )
    def test_what_is_no_promotional_sms_of_the_period_does_not_count(self, reached, planner, before):
        reached(**before)
        assert self.decided(planner) == [("sms", None)]

    def test_imported_contacts_count_as_any_direction_and_ghosts_as_contacts(self, reached, shop, planner):
        reached(direction=None)
        other = shop.customer(mobile="+12125550002")
        shop.contact(other, "sms", "+12125550002", SEND - 2 * BEFORE, direction="promotion", ghost=True)
        assert self.decided(planner, channels=["sms"]) == [(None, "contacted_within_cap")] * 2

    def test_what_is_no_promotion_is_not_stopped_by_it(self, reached, planner):
        reached()
        assert self.decided(planner, direction="emotion") == [("sms", None)]

    def test_several_contacts_fill_a_larger_cap(self, reached, shop, planner):
        from crm.business import Cap, Caps

        customer = reached(days_before=20, channel="email")
        planner.business = planner.business.model_copy(update={"caps": Caps(periods=[Cap(contacts=2, days=20)])})
        assert self.decided(planner) == [("sms", None)]
        shop.contact(customer, "sms", "+12125550001", SEND - 9 * BEFORE)
        planner.query(
            "delete from crm.decision; delete from crm.plan; delete from crm.contact_claim where campaign = 'hello'"
        )
        assert self.decided(planner) == [(None, "contacted_within_cap")]


def test_buyers_of_the_campaigns_own_goods_of_the_last_two_days_are_left_out(shop, planner):
    shop.product(1, "tea > green")
    shop.product(2, "coffee")
    for days, product in ((1, 1), (2, 1), (1, 2)):
        shop.order(shop.reachable(bought=[]), DAY - days * BEFORE, product=product)
    planner.declare("hello", goal={"goal": "category", "item": "tea"})
    planner.plan()
    assert planner.reasons() == {1: "bought_same_product", 2: None, 3: None}


def test_who_has_just_paid_full_price_gets_no_discount_notice(shop, planner, query):
    for days in (6, 7, 6, 6):
        shop.reachable(bought=[DAY - days * BEFORE])
    query("update crm.orders set discount = 1 where customer_id = 3")
    query("update crm.orders set coupon_codes = '{SALE}' where customer_id = 4")
    planner.declare("hello", direction="promotion", full_price_days=7)
    planner.plan()
    assert planner.reasons() == {1: "full_price_lately", 2: None, 3: None, 4: None}


def test_a_promotion_of_goods_of_its_own_asks_for_the_price_paid_for_them(shop, planner, query):
    shop.product(1, "tea")
    shop.product(2, "coffee")
    for product in (1, 2):
        shop.order(shop.reachable(bought=[]), DAY - 3 * BEFORE, product=product)
    planner.declare("hello", direction="promotion", full_price_days=7, goal={"goal": "product", "item": "1"})
    planner.plan()
    assert planner.reasons() == {1: "full_price_lately", 2: None}


def test_goods_far_above_the_average_order_are_not_offered(shop, planner, query):
    shop.product(7, "tea")
    query("update crm.product set list_price = 200")
    for amounts in ((100,), (99,), (150, 49)):
        customer = shop.reachable(bought=[])
        for amount in amounts:
            shop.order(customer, DAY - 9 * BEFORE, amount=amount)
    planner.declare("hello", goal={"goal": "product", "item": "7"})
    planner.plan()
    assert planner.reasons() == {1: None, 2: "too_expensive", 3: "too_expensive"}


def test_a_declared_price_goes_before_the_list_price(shop, planner, reason_of):
    customer = shop.reachable(bought=[])
    shop.order(customer, DAY, amount=100)
    assert reason_of(customer, price=201) == "too_expensive"


@pytest.mark.parametrize(("prospects", "reason"), [(True, None), (False, "inactive")])
def test_who_never_bought_is_written_to_where_the_declaration_welcomes_prospects(shop, planner, prospects, reason):
    never = shop.reachable(bought=())
    shop.standing(never, stage="prospect", tier="base", segment=None)
    long_ago = shop.reachable(bought=[date(2015, 1, 1)])
    shop.standing(long_ago, stage="lapsed")
    planner.declare("hello", prospects=prospects)
    planner.plan()
    assert planner.reasons() == {never: reason, long_ago: "inactive"}
