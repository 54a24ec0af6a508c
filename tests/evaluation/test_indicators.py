"""How the shop is doing: every figure against its definition, what is computed anew, and when nothing is."""

from __future__ import annotations

import datetime
import random
from collections import defaultdict
from decimal import Decimal

import psycopg
import pytest
from evaluation_facts import day, instant

from crm.evaluation.indicators import refresh

DAY = datetime.timedelta(days=1)
PAID = ("paid", "completed", "refunded")


def shown(facts, view="mart.shop_indicators", **where):
    """Rows of a view as dictionaries."""
    with facts.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute(f"select * from {view}")
        return [row for row in cursor.fetchall() if all(row[name] == value for name, value in where.items())]


def on(facts, date, shop="shop"):
    (found,) = shown(facts, shop=shop, business_date=day(date))
    return found


def buy(facts, rows, *, on, **more):
    """(customer, order id, date, amount) in a file of the date ``on``."""
    file = facts.file(on, known_on=more.pop("known_on", None))
    facts.orders([(c, o, f"{d}T10:00", a) for c, o, d, a in rows], file=file, **more)
    return file


@pytest.fixture
def small(facts):
    """Three days. Customer 1 buys on the first and third, 2 twice on the second, 3 never pays, 9 is nobody's name."""
    facts.delivered("2017-11-03")
    facts.run("insert into crm.customer values (9, 'shop', '', true, '2017-11-01')", [()])
    buy(facts, [(1, "a", "2017-11-01", 100), (9, "b", "2017-11-01", 7)], on="2017-11-01")
    buy(facts, [(2, "c", "2017-11-02", 30), (2, "d", "2017-11-02", 20)], on="2017-11-02")
    buy(facts, [(3, "e", "2017-11-02", 55)], on="2017-11-02", status="unpaid")
    buy(facts, [(3, "f", "2017-11-02", 44)], on="2017-11-02", status="cancelled")
    buy(facts, [(1, "g", "2017-11-03", 40)], on="2017-11-03")
    return facts


def test_orders_placed_and_paid_and_their_money_are_those_of_the_date(small, warehouse, business):
    refresh(warehouse, business)
    found = on(small, "2017-11-02")
    assert (found["orders_placed"], found["orders_paid"], found["payment_rate"]) == (4, 2, 0.5)
    assert (found["purchases"], found["gross_revenue"], found["net_revenue"]) == (2, 50, 50)
    assert found["average_order_value"] == 25


def test_new_is_one_purchase_to_date_and_returning_two_or_more(small, warehouse, business):
    """The seed's definition: who buys twice on the first day has come back."""
    refresh(warehouse, business)
    names = ("buyers", "new_buyers", "returning_buyers", "returning_share", "returning_contribution")
    assert [[on(small, f"2017-11-0{n}")[name] for name in names] for n in (1, 2, 3)] == [
        [1, 1, 0, 0, 0],
        [1, 0, 1, 1, 1],
        [1, 0, 1, 1, 1],
    ]


def test_members_grow_by_first_purchases(small, warehouse, business):
    refresh(warehouse, business)
    found = [on(small, f"2017-11-0{n}") for n in (1, 2, 3)]
    assert [row["members"] for row in found] == [1, 2, 2]
    assert [row["new_members"] for row in found] == [1, 1, 0]
    assert [row["member_growth"] for row in found] == [None, 1, 0]


def test_nobody_is_a_member_for_orders_without_a_named_buyer_but_their_money_counts(small, warehouse, business):
    refresh(warehouse, business)
    found = on(small, "2017-11-01")
    assert (found["net_revenue"], found["anonymous_revenue"], found["members"], found["buyers"]) == (107, 7, 1, 1)
    assert (found["orders_paid"], found["purchases"]) == (2, 2)


def test_accounts_that_place_fake_orders_count_for_nothing_from_the_day_they_are_known(small, warehouse, business):
    refresh(warehouse, business)
    assert on(small, "2017-11-02")["net_revenue"] == 50
    small.run(
        "insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)"
        " values ('shop', 'customers', 'c.csv', 'x', '2017-11-03', '2017-11-03', 'published')",
        [()],
    )
    small.run(
        "insert into crm.customer_profile (customer_id, valid_from, fake_orders, file_version_id)"
        " select 2, '2017-11-03', true, max(file_version_id) from crm.file_version",
        [()],
    )
    assert refresh(warehouse, business)["since"] == "2017-11-02"
    found = on(small, "2017-11-02")
    assert (found["net_revenue"], found["orders_placed"], found["buyers"]) == (0, 2, 0)
    assert on(small, "2017-11-03")["members"] == 1


def test_of_all_shops_there_is_a_row_that_is_the_sum_of_each(small, warehouse, business):
    small.delivered("2017-11-03", shop="other", first="2017-11-02")
    small.run(
        "insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at,"
        " ordered_on, business_date, line_count, quantity, amount, known_on) values (7, 70, 1, 'other', 'x', 'paid',"
        " '2017-11-03 12:00Z', '2017-11-03', '2017-11-03', 1, 1, 11, '2017-11-03')",
        [()],
    )
    refresh(warehouse, business)
    assert [on(small, "2017-11-03", shop)["net_revenue"] for shop in ("shop", "other", "")] == [40, 11, 51]
    assert [on(small, "2017-11-03", shop)["members"] for shop in ("shop", "other", "")] == [2, 1, 3]
    assert not shown(small, shop="other", business_date=day("2017-11-01"))
    assert on(small, "2017-11-01", "")["members"] == 1


def test_the_repurchase_rate_looks_at_365_days_that_end_with_the_date(facts, warehouse, business):
    facts.delivered("2018-12-31", first="2017-01-01")
    buy(facts, [(1, "a", "2017-01-10", 10), (1, "b", "2017-06-01", 10), (2, "c", "2017-06-01", 10)], on="2017-06-01")
    refresh(warehouse, business)

    def rate(date):
        return tuple(on(facts, date)[name] for name in ("year_buyers", "year_repeaters", "repurchase_rate"))

    assert rate("2017-05-31") == (1, 0, 0)
    assert rate("2017-06-01") == (2, 1, 0.5)
    assert rate("2018-01-09") == (2, 1, 0.5)
    assert rate("2018-01-10") == (2, 0, 0)
    assert rate("2018-05-31") == (2, 0, 0)
    assert rate("2018-06-01") == (0, 0, None)


def test_the_second_purchase_rate_waits_90_days_for_everybody(facts, warehouse, business):
    facts.delivered("2017-06-30", first="2017-01-01")
    rows = [(1, "a", "2017-01-01", 10), (1, "b", "2017-04-01", 10), (2, "c", "2017-01-01", 10)]
    buy(facts, [*rows, (2, "d", "2017-04-02", 10), (3, "e", "2017-01-02", 10)], on="2017-01-02")
    refresh(warehouse, business)

    def rate(date):
        return tuple(on(facts, date)[name] for name in ("first_buyers", "second_buyers", "second_purchase_rate"))

    assert rate("2017-03-31") == (0, 0, None)
    assert rate("2017-04-01") == (2, 1, 0.5)  # the 90th day counts, the 91st not any more
    assert rate("2017-04-02") == (3, 1, pytest.approx(1 / 3))


def test_after_a_change_of_the_settings_everything_is_computed_anew(small, warehouse, business):
    refresh(warehouse, business)
    evaluation = business.evaluation.model_copy(update={"second_purchase_days": 1})
    counts = refresh(warehouse, business.model_copy(update={"evaluation": evaluation}))
    assert counts["since"] == "0001-01-01"
    assert on(small, "2017-11-03")["second_purchase_rate"] == 0.5


def test_a_late_refund_makes_a_new_version_of_its_own_date_and_the_older_stays(small, warehouse, business):
    refresh(warehouse, business, day("2017-11-02"))
    small.refund(1, "a", 30, known_on="2017-11-03")
    counts = refresh(warehouse, business)
    assert counts["since"] == "2017-11-01"
    found = on(small, "2017-11-01")
    assert (found["version"], found["as_of"]) == (2, day("2017-11-03"))
    assert (found["refunds"], found["net_revenue"]) == (30, 77)
    versions = small.select(
        "select version, net_revenue from crm.shop_indicator where shop = 'shop' and business_date = '2017-11-01'"
        " order by version"
    )
    assert versions == [(1, 107), (2, 77)]
    assert on(small, "2017-11-02")["version"] == 1


def test_a_first_purchase_that_is_refunded_wholly_makes_the_second_one_the_first(small, warehouse, business):
    refresh(warehouse, business)
    small.refund(1, "a", 100, known_on="2017-11-03")
    refresh(warehouse, business)
    assert [on(small, f"2017-11-0{n}")["members"] for n in (1, 2, 3)] == [0, 1, 2]
    assert on(small, "2017-11-03")["new_buyers"] == 1


def test_running_again_changes_nothing(small, warehouse, business):
    first = refresh(warehouse, business)
    before = small.select("select * from crm.shop_indicator order by 1, 2, 3")
    cohorts = small.select("select * from crm.cohort order by 1, 2, 3")
    assert (first["indicators"], len(before)) == (6, 6)
    again = refresh(warehouse, business)
    assert (again["since"], again["indicators"], again["groups"]) == (None, 0, 0)
    assert refresh(warehouse, business, everything=True)["indicators"] == 0
    assert small.select("select * from crm.shop_indicator order by 1, 2, 3") == before
    assert small.select("select * from crm.cohort order by 1, 2, 3") == cohorts


def test_it_never_goes_back_and_never_ahead_of_the_deliveries(small, warehouse, business):
    refresh(warehouse, business)
    assert refresh(warehouse, business, day("2017-11-02"))["indicators"] == 0
    assert refresh(warehouse, business, day("2017-12-24"))["indicators"] == 0
    assert {row["as_of"] for row in shown(small)} == {day("2017-11-03")}


def test_before_the_first_delivery_there_are_no_indicators(warehouse, business):
    assert refresh(warehouse, business)["as_of"] is None


def test_what_a_file_brought_and_its_new_version_lacks_is_gone(small, warehouse, business):
    """Files without order ids are replaced as a whole: their orders end without a successor."""
    refresh(warehouse, business)
    file = small.file("2017-11-01")
    small.run("update crm.orders set known_until = '2017-11-03' where order_id = 'a'", [()])
    small.orders([(1, "a2", "2017-11-03T09:00", 1)], file=file, known_on="2017-11-03")
    refresh(warehouse, business)
    assert on(small, "2017-11-01")["net_revenue"] == 7


def test_cohorts_are_customers_by_the_month_of_their_first_purchase(facts, warehouse, business):
    facts.delivered("2018-01-15", first="2017-11-01")
    rows = [
        (1, "a", "2017-11-01", 10),
        (2, "b", "2017-11-30", 20),
        (1, "c", "2017-12-05", 5),
        (3, "d", "2017-12-31", 8),
    ]
    buy(facts, [*rows, (1, "e", "2018-01-02", 4)], on="2017-12-31")
    refresh(warehouse, business)
    names = ("cohort", "month", "months_since", "customers", "buyers", "returning_share", "net_revenue", "is_complete")
    found = sorted(tuple(row[name] for name in names) for row in shown(facts, "mart.cohorts", shop=""))
    assert found == [
        ("2017-11", "2017-11", 0, 2, 2, 1, 30, True),
        ("2017-11", "2017-12", 1, 2, 1, 0.5, 5, True),
        ("2017-11", "2018-01", 2, 2, 1, 0.5, 4, False),
        ("2017-12", "2017-12", 0, 1, 1, 1, 8, True),
        ("2017-12", "2018-01", 1, 1, 0, 0, 0, False),
    ]


def test_only_the_months_touched_are_computed_again(facts, warehouse, business):
    facts.delivered("2018-01-15", first="2017-11-01")
    buy(facts, [(1, "a", "2017-11-01", 10), (1, "b", "2018-01-05", 10)], on="2018-01-05")
    refresh(warehouse, business)
    kept = facts.select("select xmin from crm.cohort where month = '2017-11'")
    buy(facts, [(1, "c", "2018-01-06", 7)], on="2018-01-06", known_on="2018-01-15")
    refresh(warehouse, business)
    assert facts.select("select xmin from crm.cohort where month = '2017-11'") == kept
    (row,) = facts.select("select orders, net_revenue from crm.cohort where shop = 'shop' and month = '2018-01'")
    assert row == (2, 17)


class Shop:
    """Orders as a list, and the same indicators by brute force: every date looks at every order."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.orders: list[tuple[int, str, datetime.date, Decimal, str]] = []
        self.refunds: dict[str, Decimal] = defaultdict(Decimal)

    def order(self, date: datetime.date) -> tuple[int, str, datetime.date, Decimal, str]:
        customer = min(int(self.random.paretovariate(0.6)), 60)
        status = self.random.choices(["paid", "completed", "refunded", "unpaid", "cancelled"], [6, 3, 1, 1, 1])[0]
        cents = self.random.randint(1, 9999)
        self.orders.append((customer, f"o{len(self.orders)}", date, Decimal(cents) / 100, status))
        return self.orders[-1]

    def left(self, order: str, amount: Decimal, status: str) -> Decimal:
        """What is left of an order; a refunded one without a refund is refunded wholly."""
        return Decimal(0) if status == "refunded" and order not in self.refunds else amount - self.refunds.get(order, 0)

    def purchases(self, until: datetime.date) -> dict[int, list[datetime.date]]:
        found = defaultdict(list)
        for customer, order, date, amount, status in sorted(self.orders, key=lambda each: each[2]):
            if date <= until and status in PAID and self.left(order, amount, status) > 0:
                found[customer].append(date)
        return found

    def row(self, date: datetime.date) -> dict[str, object]:
        bought = self.purchases(date)
        year = {c: [d for d in days if d > date - 365 * DAY] for c, days in bought.items()}
        first = {c: days for c, days in bought.items() if days[0] <= date - 90 * DAY}
        today = [each for each in self.orders if each[2] == date]
        paid = [each for each in today if each[4] in PAID]
        buyers = {c for c, days in bought.items() if days[-1] == date}
        back = {c for c in buyers if len(bought[c]) > 1}
        left = {order: self.left(order, amount, status) for _, order, _, amount, status in paid}
        return {
            "orders_placed": len(today),
            "orders_paid": len(paid),
            "purchases": sum(1 for value in left.values() if value > 0),
            "net_revenue": sum(left.values()),
            "buyers": len(buyers),
            "returning_buyers": len(back),
            "returning_revenue": sum(left[order] for c, order, *_ in paid if c in back),
            "members": len(bought),
            "new_members": sum(1 for days in bought.values() if days[0] == date),
            "year_buyers": sum(1 for days in year.values() if days),
            "year_repeaters": sum(1 for days in year.values() if len(days) > 1),
            "first_buyers": len(first),
            "second_buyers": sum(1 for days in first.values() if len(days) > 1 and days[1] <= days[0] + 90 * DAY),
        }


@pytest.mark.parametrize("seed", [1, 2])
def test_day_by_day_with_late_orders_and_refunds_every_row_is_what_brute_force_says(facts, warehouse, business, seed):
    """Two and a half years, refreshed in uneven steps; each row is compared with a look at all orders."""
    shop, start = Shop(seed), day("2016-01-01")
    facts.shop()
    for step in range(12):
        end = start + shop.random.choice([1, 7, 60, 150]) * DAY
        facts.delivered(str(end), first=str(start))
        dates = [start + n * DAY for n in range((end - start).days + 1)]
        late = [dates[0] - shop.random.randint(1, 200) * DAY for _ in range(3 if step else 0)]
        new = [shop.order(date) for date in [*shop.random.choices(dates, k=25), *late]]
        for status in (*PAID, "unpaid", "cancelled"):
            rows = [(c, o, f"{d}T10:00", a) for c, o, d, a, s in new if s == status]
            facts.orders(rows, file=facts.file(str(end)), status=status)
        paid = [each for each in shop.orders if each[4] in PAID]
        for customer, order, _, amount, _ in shop.random.sample(paid, min(4, len(paid))):
            part = min(amount - shop.refunds.get(order, 0), round(amount / shop.random.choice([1, 2]), 2))
            if part > 0:
                shop.refunds[order] += part
                facts.refund(customer, order, part, known_on=str(end))
        refresh(warehouse, business)
        start = end + DAY
    rows = shown(facts, shop="shop")
    assert len(rows) > 300
    for row in rows:
        expected = shop.row(row["business_date"])
        assert {name: row[name] for name in expected} == expected, row["business_date"]


def test_revenue_of_indicators_and_of_cohorts_is_that_of_the_lines_less_refunds(small, warehouse, business):
    """To the cent, over all dates; also after a late file and a refund."""
    small.run(
        "insert into crm.customer values (%s, 'shop', %s, false, '2017-11-01')", [(n, str(n)) for n in (1, 2, 3, 5)]
    )
    small.run("insert into crm.refund (customer_id, refund_key, file_version_id, shop, refund_id, order_key, amount,"
              " refunded_at, refunded_on, business_date, known_on) values (3, 999, 1, 'shop', 'of the unpaid one',"
              " crm.key64('shop', 'e'), 55, '2017-11-03', '2017-11-03', '2017-11-03', '2017-11-03')", [()])  # fmt: skip

    def check():
        refresh(warehouse, business)
        (lines,) = small.select("select sum(l.amount) from mart.order_lines as l where l.is_paid")[0]
        (refunds,) = small.select("select sum(amount) from mart.refunds where counts and order_key is not null")[0]
        expected = lines - (refunds or 0)
        for shop in ("shop", ""):
            assert sum(row["net_revenue"] for row in shown(small, shop=shop)) == expected
            assert sum(row["net_revenue"] for row in shown(small, "mart.cohorts", shop=shop)) == expected
        assert small.select("select sum(net_amount) from mart.orders") == [(expected,)]
        return expected

    assert check() == 197
    buy(small, [(5, "late", "2017-11-01", Decimal("12.3456"))], on="2017-11-01", known_on="2017-11-03")
    small.refund(1, "a", Decimal("33.3333"), known_on="2017-11-03")
    small.refund(2, "c", 30, known_on="2017-11-03")
    assert check() == Decimal("146.0123")


@pytest.fixture
def mailed(facts):
    """200 e-mails and 10 SMS of 21 November, all but ten e-mails accepted; customers 1 to 210."""
    facts.delivered("2017-11-30")
    facts.run(
        "insert into crm.customer values (%s, 'shop', %s, false, '2017-11-01')", [(n, str(n)) for n in range(1, 211)]
    )
    sent = instant("2017-11-21T10:00")
    facts.run(
        "insert into crm.message (customer_id, campaign, occasion, channel, message_id, batch_id, contact_key,"
        " send_date, planned_send_at, send_by, locale, provider, status, accepted_at)"
        " values (%s, 'thanksgiving', '2017', %s, %s, 1, gen_random_uuid(), '2017-11-21', %s, %s, 'en', 'sendgrid', %s,"
        " %s)",
        [
            (
                n,
                "email" if n <= 200 else "sms",
                f"m{n}",
                sent,
                sent,
                *(("accepted", sent) if n > 10 else ("skipped", None)),
            )
            for n in range(1, 211)
        ],
    )
    return facts


def respond(facts, customers, kind, *, at="2017-11-21T11:00", known_on="2017-11-21", machine=None):
    facts.run(
        "insert into crm.response (customer_id, provider, event_id, campaign, occasion, instance, wave, channel,"
        " message_id, contact_key, kind, occurred_at, known_on, machine)"
        " values (%s, 'sendgrid', %s, 'thanksgiving', '2017', '', 'main', 'email', %s, gen_random_uuid(), %s, %s, %s,"
        " %s)",
        [(n, f"{kind}{n}{at}", f"m{n}", kind, instant(at), known_on, machine) for n in customers],
    )


def test_messages_count_on_their_send_date_and_machines_open_for_nobody(mailed, warehouse, business):
    respond(mailed, range(11, 191), "delivered")
    respond(mailed, range(11, 56), "opened")
    respond(mailed, range(56, 190), "opened", machine="prefetch")
    respond(mailed, range(11, 20), "clicked")
    respond(mailed, [11], "opt_out")
    refresh(warehouse, business)
    found = on(mailed, "2017-11-21")
    assert (found["messages_accepted"], found["messages_delivered"], found["emails_delivered"]) == (200, 180, 180)
    assert (found["open_rate"], found["click_rate"], found["unsubscribes"]) == (0.25, 0.05, 1)
    assert (found["response_rate"], found["deliverability_warning"]) == (0.045, False)
    assert found["messages_accepted"] == on(mailed, "2017-11-21", "")["messages_accepted"]


def test_who_clicked_or_met_the_goal_responded_and_counts_once(mailed, warehouse, business):
    declaration = mailed.declared("thanksgiving", "holiday")
    arms = [(n, "treatment", None) for n in range(11, 211)]
    mailed.decisions(arms, declaration=declaration, send_at="2017-11-21T10:00")
    respond(mailed, range(11, 21), "clicked")
    buy(mailed, [(n, f"o{n}", "2017-11-22", 10) for n in range(16, 31)], on="2017-11-22")
    buy(mailed, [(40, "too late", "2017-12-02", 10)], on="2017-11-22")
    mailed.refund(30, "o30", 10, known_on="2017-11-25")
    refresh(warehouse, business)
    assert on(mailed, "2017-11-21")["messages_responded"] == 19


def test_a_low_open_rate_is_a_warning_once_there_was_time_to_open(mailed, warehouse, business):
    respond(mailed, range(11, 191), "delivered")
    respond(mailed, range(11, 19), "opened")
    refresh(warehouse, business, day("2017-11-22"))
    assert on(mailed, "2017-11-21")["deliverability_warning"] is False
    refresh(warehouse, business, day("2017-11-23"))
    assert on(mailed, "2017-11-21")["deliverability_warning"] is True
    respond(mailed, [19], "opened", at="2017-11-23T10:00", known_on="2017-11-24")
    refresh(warehouse, business, day("2017-11-24"))
    found = on(mailed, "2017-11-21")
    assert (found["open_rate"], found["deliverability_warning"], found["version"]) == (0.05, False, 3)


def test_a_response_counts_for_ten_days_and_as_of_the_date_it_was_known(mailed, warehouse, business):
    respond(mailed, range(11, 191), "delivered")
    respond(mailed, [11], "clicked", at="2017-12-01T09:59", known_on="2017-12-01")
    respond(mailed, [12], "clicked", at="2017-12-01T10:00", known_on="2017-12-01")
    refresh(warehouse, business)
    assert on(mailed, "2017-11-21")["emails_clicked"] == 0
    mailed.delivered("2017-12-01")
    refresh(warehouse, business)
    assert on(mailed, "2017-11-21")["emails_clicked"] == 1


def test_not_even_the_pipeline_takes_back_an_indicator(small, warehouse, business):
    refresh(warehouse, business)
    with psycopg.connect(warehouse.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("set role crm_writer")
        for statement in ("update crm.shop_indicator set as_of = as_of", "delete from crm.shop_indicator"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_a_refund_that_names_no_order_lowers_the_revenue_of_its_own_day_and_is_no_order(small, warehouse, business):
    before = refresh(warehouse, business), on(small, "2017-11-03")
    small.refund(1, "none", 4, known_on="2017-11-03")
    small.run("update crm.refund set order_key = null, refunded_on = '2017-11-03'", [()])
    assert refresh(warehouse, business)["since"] == "2017-11-03"
    found = on(small, "2017-11-03")
    assert (found["refunds"], found["net_revenue"]) == (before[1]["refunds"] + 4, before[1]["net_revenue"] - 4)
    assert [found[name] for name in ("orders_placed", "orders_paid", "purchases")] == [
        before[1][name] for name in ("orders_placed", "orders_paid", "purchases")
    ]
    sums = "select sum(net_revenue) from mart.{} where shop = 'shop'"
    assert small.select(sums.format("cohorts")) == small.select(sums.format("shop_indicators"))
